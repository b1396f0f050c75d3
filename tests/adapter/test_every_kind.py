"""What holds for every adapter over both architectures."""

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from doppel.adapter.merging import merged
from doppel.errors import ModelError
from tests.adapter.kinds import KINDS, VIRTUAL, applied, logits_of, train

pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning"),  # of stock PEFT
    pytest.mark.filterwarnings("ignore:Position ids are not supported:UserWarning"),
]
STOCK = {"causal": AutoModelForCausalLM, "seq2seq": AutoModelForSeq2SeqLM}
BOTH = pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
EVERY = pytest.mark.parametrize("kind", KINDS)
# The loss before each of two steps and after: an adapter that is put on or scaled otherwise has others.
LOSSES = {
    ("full", "causal"): [5.63241, 5.06321, 4.63106],
    ("full", "seq2seq"): [6.08785, 4.5741, 3.47197],
    ("lora", "causal"): [5.63241, 5.57062, 5.48446],
    ("lora", "seq2seq"): [6.08785, 5.69928, 5.26955],
    ("dora", "causal"): [5.63241, 5.54898, 5.45987],
    ("dora", "seq2seq"): [6.08785, 5.57554, 5.0981],
    ("rslora", "causal"): [5.63241, 5.54747, 5.44124],
    ("rslora", "seq2seq"): [6.08785, 5.57206, 5.04932],
    ("pissa", "causal"): [5.63241, 5.54891, 5.47597],
    ("pissa", "seq2seq"): [6.08785, 5.28109, 4.61655],
    ("ia3", "causal"): [5.63241, 5.63091, 5.6294],
    ("ia3", "seq2seq"): [6.08785, 6.02129, 5.95768],
    ("prompt", "causal"): [5.61091, 5.55458, 5.53066],
    ("prompt", "seq2seq"): [6.10878, 6.0934, 6.07877],
    ("freeze", "causal"): [5.63241, 5.35447, 5.25557],
    ("freeze", "seq2seq"): [6.08785, 4.92275, 4.09089],
}


def stock_logits(architecture, base, kind, folder):
    """The logits of what was saved, loaded as its card says."""
    if kind == "full":
        return logits_of(STOCK[architecture].from_pretrained(folder))
    if kind == "freeze":
        base.load_state_dict(load_file(folder / "layers.safetensors"), strict=False)
        return logits_of(base)
    logits = logits_of(PeftModel.from_pretrained(base, folder).eval())
    return logits[:, VIRTUAL:] if kind == "prompt" and architecture == "causal" else logits


@BOTH
@EVERY
@torch.no_grad()
def test_a_fresh_one_changes_nothing(load, kind, architecture):
    base = load(architecture).model
    before = logits_of(base)
    _, model = applied(kind, base, architecture)
    after = logits_of(model.eval())
    assert after.shape == before.shape
    if kind == "prompt":
        assert not torch.allclose(after, before)  # its vectors are there from the start
    elif kind == "pissa":
        torch.testing.assert_close(after, before, rtol=0, atol=2e-5)  # what is taken out is added again
    else:
        assert torch.equal(after, before)


@BOTH
@EVERY
def test_it_learns_is_saved_and_loaded_by_stock_libraries(load, tmp_path, kind, architecture):
    adapter, model = applied(kind, load(architecture).model, architecture)
    assert train(model) == pytest.approx(LOSSES[kind, architecture], rel=1e-4)
    with torch.no_grad():
        trained = logits_of(model)
        folder = tmp_path / adapter.folder_name
        # As a strategy gathers them, that has a part of each weight in every process; some only of what is trained.
        gathered = {name: weights.clone() for name, weights in model.named_parameters() if weights.requires_grad}
        adapter.save(model, folder, gathered if kind != "full" else {**model.state_dict()})
        tolerance = {"rtol": 0, "atol": 2e-5 if kind == "pissa" else 1e-6}  # MKL rounds by how memory is aligned
        again = KINDS[kind]().load(load(architecture).model, folder)
        assert not again.training
        torch.testing.assert_close(logits_of(again), trained, **tolerance)
        stock = stock_logits(architecture, load(architecture).model, kind, folder)
        torch.testing.assert_close(stock, trained, **tolerance)


@BOTH
@EVERY
def test_the_trained_tensors_alone_bring_it_back_exactly(load, kind, architecture):
    _, model = applied(kind, load(architecture).model, architecture)
    train(model)
    trained = {name: weights.detach().clone() for name, weights in model.named_parameters() if weights.requires_grad}
    _, again = applied(kind, load(architecture).model, architecture)
    assert {name for name, weights in again.named_parameters() if weights.requires_grad} == set(trained)
    again.load_state_dict(trained, strict=False)
    with torch.no_grad():
        assert torch.equal(logits_of(again.eval()), logits_of(model))


@BOTH
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("full", "pissa")])
def test_the_base_stays_as_it_is(load, kind, architecture):
    base = load(architecture).model
    before = {name: value.clone() for name, value in base.state_dict().items()}
    _, model = applied(kind, base, architecture)
    train(model)
    trained = {id(weights) for weights in model.parameters() if weights.requires_grad}
    after = {name: weights for name, weights in model.named_parameters() if id(weights) not in trained}
    assert after
    for name, weights in after.items():
        short = name.removeprefix("base_model.").replace(".base_layer", "")
        own = before[short] if short in before else before[short.removeprefix("model.")]
        assert torch.equal(weights, own), short


@BOTH
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("full", "prompt")])
def test_merged_it_is_a_plain_model(load, tmp_path, kind, architecture):
    adapter, model = applied(kind, load(architecture).model, architecture)
    train(model)
    adapter.save(model, tmp_path / "saved")
    one = merged(load(architecture).model, tmp_path / "saved")
    assert not any("lora" in name or "ia3" in name for name, _ in one.named_parameters())
    one.save_pretrained(tmp_path / "merged")
    stock = STOCK[architecture].from_pretrained(tmp_path / "merged")
    with torch.no_grad():
        torch.testing.assert_close(logits_of(stock), logits_of(model), rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("full", "pissa")])
def test_one_goes_on_from_another(load, tmp_path, kind):
    adapter, model = applied(kind, load("causal").model, "causal")
    train(model)
    adapter.save(model, tmp_path)
    _, fresh = applied(kind, load("causal").model, "causal")
    adapter.start_from(fresh, tmp_path)
    assert any(weights.requires_grad for weights in fresh.parameters())
    with torch.no_grad():
        assert torch.equal(logits_of(fresh.eval()), logits_of(model))


def test_a_vector_in_front_is_no_weight(load, tmp_path):
    adapter, model = applied("prompt", load("causal").model, "causal")
    adapter.save(model, tmp_path)
    with pytest.raises(ModelError, match="in no weight: it cannot be merged"):
        merged(load("causal").model, tmp_path)


def test_a_whole_model_is_a_base_and_no_adapter(load, tmp_path):
    load("causal").model.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"is a whole model, not an adapter: .* model\.path="):
        merged(load("causal").model, tmp_path)

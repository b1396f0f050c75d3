import json

import pytest
import torch
from peft import PeftModel

from doppel.adapter.lora import LoRA
from doppel.errors import ModelError
from tests.adapter.kinds import lora


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_the_matrices_are_trained_and_the_base_is_not(load, logits, train, architecture, dtype):
    loaded = load(architecture, dtype)
    base = {name: weights.clone() for name, weights in loaded.model.state_dict().items()}
    before = logits(loaded.model)
    model = lora().apply(loaded.model, architecture)
    assert torch.equal(logits(model), before)
    trainable = {name: weights for name, weights in model.named_parameters() if weights.requires_grad}
    assert all("lora_" in name for name in trainable)
    assert {weights.dtype for weights in trainable.values()} == {torch.float32}
    assert not torch.equal(logits(train(model)), before)
    after = {
        name.removeprefix("base_model.model.").replace(".base_layer", ""): weights
        for name, weights in model.state_dict().items()
        if "lora_" not in name
    }
    assert after.keys() == base.keys()
    assert all(torch.equal(after[name], base[name]) for name in base)
    assert {weights.dtype for weights in after.values()} == {getattr(torch, dtype)}


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # of stock PEFT
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_stock_peft_loads_what_is_saved(load, logits, train, tmp_path, architecture):
    loaded = load(architecture)
    model = train(lora().apply(loaded.model, architecture))
    folder = tmp_path / LoRA.folder_name
    lora().save(model, folder)
    assert folder.name == "adapter"
    assert (folder / "adapter_model.safetensors").is_file()
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == loaded.source
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (2, 4.0, "LORA")
    trained = logits(model)
    assert torch.equal(logits(PeftModel.from_pretrained(load(architecture).model, folder)), trained)
    again = lora().load(load(architecture).model, folder)
    assert not again.training
    assert torch.equal(logits(again), trained)


def test_the_callers_seed_makes_the_matrices(load):
    def drawn(seed):
        torch.manual_seed(seed)
        model = lora().apply(load("causal").model, "causal")
        return torch.cat([weights.flatten() for name, weights in model.named_parameters() if "lora_A" in name])

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


@pytest.mark.parametrize(
    ("targets", "count"), [("all-linear", 14), (["q_proj", "v_proj"], 4), ("q_proj", 2), (["0.self_attn.q_proj"], 1)]
)
def test_targets_are_every_linear_layer_or_the_named_ones(load, targets, count):
    model = lora(targets=targets).apply(load("causal").model, "causal")
    names = [name for name, _ in model.named_parameters() if "lora_A" in name]
    assert len(names) == count
    assert not any("lm_head" in name for name in names)


@pytest.mark.parametrize(
    ("targets", "unknown"), [(["q_proj", "v_prj"], "v_prj"), ("q", "q"), (["mlp"], "mlp"), ([], "an empty list")]
)
def test_a_target_that_is_not_there_is_refused(load, targets, unknown):
    there = "down_proj, gate_proj, k_proj, lm_head, o_proj, q_proj, up_proj, v_proj"
    with pytest.raises(
        ModelError, match=rf"adapter.targets: {unknown} names no linear layer.* a list of {there}\. Type"
    ):
        lora(targets=targets).apply(load("causal").model, "causal")


def test_a_folder_without_an_adapter_is_refused(load, tmp_path):
    with pytest.raises(ModelError, match=r"holds no adapter \(no adapter_config.json\)"):
        lora().load(load("causal").model, tmp_path)


def test_an_adapter_of_another_model_is_refused(load, tmp_path):
    lora().save(lora().apply(load("causal").model, "causal"), tmp_path / "adapter")
    with pytest.raises(ModelError, match=r"cannot be loaded over this base: .* the model that it was trained on"):
        lora().load(load("seq2seq").model, tmp_path / "adapter")

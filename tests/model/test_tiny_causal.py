import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaForCausalLM

from doppel.errors import ModelError
from doppel.model.tiny_causal import TinyCausal


def test_it_loads_as_an_ordinary_folder(tiny_causal, capfd):
    loaded = tiny_causal.load({"dtype": "float32"})
    assert type(loaded.model) is LlamaForCausalLM
    assert loaded.architecture == tiny_causal.architecture == "causal"
    assert not loaded.model.training
    assert sum(weights.numel() for weights in loaded.model.parameters()) == 34_144
    assert tiny_causal.context() == 256
    assert loaded.model.config.pad_token_id == loaded.tokenizer.pad_token_id == 0
    assert loaded.model.name_or_path == loaded.source
    assert capfd.readouterr() == ("", "")
    stock = AutoModelForCausalLM.from_pretrained(loaded.source)
    ids = torch.tensor([[1, 2, 3]])
    assert torch.equal(stock(ids).logits, loaded.model(ids).logits)


def test_the_seed_alone_makes_the_weights(tiny_causal, cache):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = tiny_causal.load({"dtype": "float32"}).model
    assert torch.equal(torch.get_rng_state(), before)
    other = TinyCausal(hidden_size=32, layers=2, heads=4, feed_forward_size=48, context_tokens=256, seed=1)
    assert not torch.equal(first.lm_head.weight, other.load({"dtype": "float32"}).model.lm_head.weight)
    assert len(list((cache / "doppel" / "models").iterdir())) == 2
    for path in (cache / "doppel" / "models").glob("*/model.safetensors"):
        path.unlink()
        path.parent.joinpath("config.json").unlink()
    again = TinyCausal(hidden_size=32, layers=2, heads=4, feed_forward_size=48, context_tokens=256, seed=0)
    with pytest.raises(ModelError, match=r"has no config.json"):
        again.load({"dtype": "float32"})


def test_weights_are_in_the_dtype_asked_for(tiny_causal):
    model = tiny_causal.load({"dtype": "bfloat16"}).model
    assert {weights.dtype for weights in model.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("hidden_size", [30, 36])  # 36: nine features a head, which positions rotate in pairs
def test_heads_must_share_the_hidden_size(hidden_size):
    with pytest.raises(
        ModelError, match=rf"model.hidden_size={hidden_size} is not a multiple of twice model.heads=4.*=64"
    ):
        TinyCausal(hidden_size=hidden_size, layers=1, heads=4, feed_forward_size=8, context_tokens=8, seed=0)

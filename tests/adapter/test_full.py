import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from doppel.adapter.full import Full
from doppel.errors import ModelError

STOCK = {"causal": AutoModelForCausalLM, "seq2seq": AutoModelForSeq2SeqLM}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_all_is_trained_saved_and_loaded(load, logits, train, tmp_path, architecture, dtype):
    loaded = load(architecture, dtype)
    before = logits(loaded.model)
    model = Full().apply(loaded.model, architecture)
    assert all(weights.requires_grad for weights in model.parameters())
    trained = logits(train(model))
    assert not torch.equal(trained, before)
    folder = tmp_path / Full.folder_name
    Full().save(model, folder)
    assert folder.name == "model"
    again = Full().load(load(architecture, dtype).model, folder)
    assert not again.training
    assert again.dtype == getattr(torch, dtype)
    assert torch.equal(logits(again), trained)
    assert torch.equal(logits(STOCK[architecture].from_pretrained(folder)), trained)


def test_a_head_of_its_own_is_kept(load, logits, tmp_path):
    base = load("seq2seq").model
    base.lm_head.weight = torch.nn.Parameter(torch.randn_like(base.lm_head.weight))
    base.config.tie_word_embeddings = False
    before = logits(base)
    Full().save(base, tmp_path / "model")
    again = Full().load(base, tmp_path / "model")
    again.tie_weights()
    assert torch.equal(logits(again), before)
    assert again.encoder.embed_tokens.weight is again.shared.weight


def test_a_folder_without_a_model_is_refused(load, tmp_path):
    with pytest.raises(ModelError, match=r"holds no trained model \(no config.json\)"):
        Full().load(load("causal").model, tmp_path)


def test_damaged_weights_are_told(load, tmp_path):
    loaded = load("causal")
    Full().save(loaded.model, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(ModelError, match=r"the trained model in .* cannot be loaded"):
        Full().load(loaded.model, tmp_path / "model")

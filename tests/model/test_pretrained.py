import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, T5Config, T5ForConditionalGeneration

from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.model.causal import Causal
from doppel.model.quiet import quiet
from doppel.model.seq2seq import Seq2Seq

ANY = {"revision": None, "trust_remote_code": False, "context_tokens": None}


@pytest.fixture
def causal_folder(tiny_causal):
    return Path(tiny_causal.load({"dtype": "float32"}).source)


@pytest.fixture
def seq2seq_folder(tiny_seq2seq):
    return Path(tiny_seq2seq.load({"dtype": "float32"}).source)


def edited(folder, file, **changes):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def causal(folder):
    return Causal(path=str(folder), **ANY)


def seq2seq(folder):
    return Seq2Seq(path=str(folder), **ANY)


def test_a_folder_loads(causal_folder, seq2seq_folder):
    loaded = causal(causal_folder).load({"dtype": "bfloat16"})
    assert (loaded.source, loaded.architecture, loaded.model.dtype) == (str(causal_folder), "causal", torch.bfloat16)
    assert seq2seq(seq2seq_folder).load({"dtype": "float32"}).architecture == "seq2seq"


def test_the_context_is_the_configs_or_the_one_given(causal_folder, seq2seq_folder):
    assert causal(causal_folder).context() == 256
    assert Causal(path=str(causal_folder), **(ANY | {"context_tokens": 64})).context() == 64
    assert seq2seq(seq2seq_folder).context() is None


def test_the_other_architecture_is_refused_by_the_config_alone(causal_folder, seq2seq_folder):
    for folder in (causal_folder, seq2seq_folder):
        (folder / "model.safetensors").write_bytes(b"never read")
    with pytest.raises(ModelError, match=r"is an encoder-decoder model \('t5'\).* Type model=seq2seq model.path=/"):
        causal(seq2seq_folder).load({"dtype": "float32"})
    with pytest.raises(ModelError, match=r"is a decoder-only model \('llama'\).* Type model=causal model.path=/"):
        seq2seq(causal_folder).load({"dtype": "float32"})


def test_a_model_that_does_not_generate_is_refused(tmp_path):
    with quiet():
        BertConfig(is_decoder=False).save_pretrained(tmp_path)
    edited(tmp_path, "config.json", model_type="vit")
    with pytest.raises(ModelError, match=r"is a 'vit' model, which does not generate text"):
        causal(tmp_path).load({"dtype": "float32"})


def test_damaged_weights_are_told(causal_folder):
    weights = causal_folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"cannot be loaded: .* copy or download them again"):
        causal(causal_folder).load({"dtype": "float32"})


def test_weights_that_are_not_there_are_told(causal_folder):
    weights = load_file(causal_folder / "model.safetensors")
    del weights["model.layers.0.mlp.up_proj.weight"]
    save_file(weights, causal_folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 of the model's weights, such as model.layers.0.mlp.up_proj.weight"):
        causal(causal_folder).load({"dtype": "float32"})


def test_a_config_that_does_not_fit_the_weights_is_told(causal_folder):
    edited(causal_folder, "config.json", intermediate_size=52)
    with pytest.raises(ModelError, match=r"cannot be loaded"):
        causal(causal_folder).load({"dtype": "float32"})


def test_a_damaged_config_is_told(causal_folder):
    (causal_folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"cannot be loaded"):
        causal(causal_folder).load({"dtype": "float32"})


def test_a_missing_tokenizer_is_told(causal_folder):
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (causal_folder / name).unlink()
    with pytest.raises(ModelError, match=r"cannot be loaded"):
        causal(causal_folder).tokenizer()


def test_a_head_of_its_own_is_kept(tmp_path):
    """FRED-T5's layout: shared embeddings in one tensor, lm_head in another, tie_word_embeddings false in the file."""
    config = T5Config(
        vocab_size=259, d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu"
    )
    config.decoder_start_token_id = 0
    with quiet():
        T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    assert [name for name in weights if "embed" in name or "shared" in name or "head" in name] == ["shared.weight"]
    weights["lm_head.weight"] = torch.randn_like(weights["shared.weight"])
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    edited(tmp_path, "config.json", tie_word_embeddings=False)
    byte_tokenizer().save_pretrained(tmp_path)

    def load(folder):
        return seq2seq(folder).load({"dtype": "float32"}).model

    def logits(model):
        return model(input_ids=torch.tensor([[4, 5]]), labels=torch.tensor([[6, 2]])).logits

    model = load(tmp_path)
    count = sum(tensor.numel() for tensor in weights.values())
    assert sum(parameter.numel() for parameter in model.parameters()) == count
    assert torch.equal(model.lm_head.weight, weights["lm_head.weight"])
    assert model.encoder.embed_tokens.weight is model.shared.weight is model.decoder.embed_tokens.weight
    before = logits(model)
    model.tie_weights()
    assert torch.equal(logits(model), before)
    with quiet():
        model.save_pretrained(tmp_path / "saved")
    byte_tokenizer().save_pretrained(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert torch.equal(logits(again), before)
    assert sum(parameter.numel() for parameter in again.parameters()) == count

"""Folders of tiny models with the architectures and the tokenizers of the models that the known systems use."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from doppel.model.quiet import quiet
from tests.markup.real_tokenizers import FRED_FOLDER, dolly_tokenizer, mistral_tokenizer, yandex_tokenizer

SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}


def tiny_fred(shared_data: Path, folder: Path) -> Path:
    """FRED-T5 with 2 layers of 32 features: its tokenizer and config, shared embeddings, a head of its own."""
    source = shared_data / FRED_FOLDER
    real = json.loads((source / "config.json").read_text())
    sizes = {"d_model": 32, "d_ff": 48, "d_kv": 8, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 4}
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = T5ForConditionalGeneration(T5Config(**(real | sizes)))
        model.save_pretrained(folder)
        weights = load_file(folder / "model.safetensors")
        weights["lm_head.weight"] = torch.randn_like(weights["shared.weight"])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(real | sizes))
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"):
        shutil.copy(source / name, folder / name)
    return folder


def tiny_mistral(shared_data: Path, folder: Path) -> Path:
    """Mistral-7B-v0.1 with 2 layers of 32 features and its SentencePiece v1."""
    config = MistralConfig(
        **SMALL,
        num_key_value_heads=2,
        vocab_size=32000,
        sliding_window=4096,
        max_position_embeddings=32768,
        bos_token_id=1,
        eos_token_id=2,
    )
    return saved(MistralForCausalLM, config, mistral_tokenizer(shared_data, folder), folder)


def tiny_dolly(folder: Path) -> Path:
    """GPT-NeoX with dolly's three special tokens; the other tokens are bytes."""
    config = GPTNeoXConfig(
        **SMALL, vocab_size=272, rotary_pct=0.25, max_position_embeddings=2048, bos_token_id=0, eos_token_id=0
    )
    return saved(GPTNeoXForCausalLM, config, dolly_tokenizer(), folder)


def tiny_yandex(folder: Path) -> Path:
    """A Llama with YandexGPT-5-Lite's chat template and `[SEP]`; the other tokens are bytes."""
    config = LlamaConfig(
        **SMALL,
        num_key_value_heads=2,
        vocab_size=272,
        rope_theta=500000.0,
        max_position_embeddings=32768,
        eos_token_id=2,
        bos_token_id=None,
    )
    return saved(LlamaForCausalLM, config, yandex_tokenizer(), folder)


def saved(kind, config, tokenizer, folder: Path) -> Path:
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        kind(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder

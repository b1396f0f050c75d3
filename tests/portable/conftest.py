"""llama.cpp, and random models of each kind that GGUF is written of."""

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

from doppel.model.byte_tokenizer import byte_tokenizer

KINDS = {"llama": LlamaConfig, "mistral": MistralConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config}
SIZES = {
    "vocab_size": 264,  # more rows than tokens
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,  # of its own: not hidden_size / heads
    "max_position_embeddings": 128,
}


@pytest.fixture(scope="session")
def llama():
    pytest.importorskip("llama_cpp", reason='llama.cpp is not installed: pip install "doppel[llama_cpp]"')
    from doppel.engine.llama_cpp import imported

    return imported()


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    """Writes a random model of a kind, and its tokenizer, to a folder."""

    def make(kind, **changes):
        folder = tmp_path_factory.mktemp(kind)
        torch.manual_seed(3)
        sizes = SIZES if kind != "qwen2" else {key: size for key, size in SIZES.items() if key != "head_dim"}
        model = AutoModelForCausalLM.from_config(KINDS[kind](**{**sizes, **changes}))
        with torch.no_grad():  # norms and biases that are not ones and zeros: one left out would show
            for parameter in model.parameters():
                if parameter.dim() == 1:
                    parameter.add_(torch.randn_like(parameter) * 0.3)
        model.save_pretrained(folder)
        byte_tokenizer().save_pretrained(folder)
        return folder

    return make

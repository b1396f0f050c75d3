import pytest
import transformers
from torch import nn

from doppel.adapter.lora import LoRA
from doppel.strategy.blocks import blocks_of

SMALL = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
DECODER = {**SMALL, "intermediate_size": 16, "num_key_value_heads": 1}
CONFIGS = {
    "LlamaForCausalLM": transformers.LlamaConfig(**DECODER),
    "MistralForCausalLM": transformers.MistralConfig(**DECODER),
    "Qwen3ForCausalLM": transformers.Qwen3Config(**DECODER, head_dim=8),
    "GPTNeoXForCausalLM": transformers.GPTNeoXConfig(**SMALL, intermediate_size=16),
    "FalconForCausalLM": transformers.FalconConfig(**SMALL),
    "GPT2LMHeadModel": transformers.GPT2Config(vocab_size=32, n_embd=16, n_layer=3, n_head=2),
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("is_adapted", [False, True])
def test_every_block_of_an_architecture(name: str, is_adapted: bool) -> None:
    model = getattr(transformers, name)(CONFIGS[name])
    inner = model.base_model
    expected = list(getattr(inner, "layers", None) or inner.h)
    if is_adapted:
        adapter = LoRA(
            rank=2,
            alpha=2,
            dropout=0.0,
            targets="all-linear",
            bias="none",
            scaling="rank",
            is_decomposed=False,
        )
        model = adapter.apply(model, "causal")
    assert blocks_of(model) == expected


def test_both_stacks_of_an_encoder_decoder() -> None:
    sizes = {"vocab_size": 32, "d_model": 16, "d_kv": 8, "d_ff": 16, "num_heads": 2}
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**sizes, num_layers=2, num_decoder_layers=3))
    assert blocks_of(model) == [*model.encoder.block, *model.decoder.block]


def test_a_model_that_names_no_blocks() -> None:
    blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(4))
    model = nn.ModuleDict({"some": nn.ModuleList([nn.ReLU(), nn.Linear(2, 2)]), "blocks": blocks})
    assert blocks_of(model) == list(blocks)
    assert blocks_of(nn.Linear(2, 2)) == []

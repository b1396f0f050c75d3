import pytest
import torch
from transformers import (
    FalconConfig,
    FalconForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from doppel.adapter.ia3 import IA3
from doppel.errors import ModelError
from doppel.precision.precision import Precision
from tests.adapter.kinds import logits_of, train

SMALL = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
GATED = {**SMALL, "intermediate_size": 24, "num_key_value_heads": 1}
NEITHER = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
UNDROPPED = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}


def auto():
    return IA3(targets="auto", feed_forward="auto")


@pytest.mark.parametrize(
    ("make", "targets", "factors"),
    [
        (lambda: MistralForCausalLM(MistralConfig(**GATED)), "down_proj k_proj v_proj", 2 * (8 + 8 + 24)),
        (
            lambda: Qwen3ForCausalLM(Qwen3Config(**GATED, head_dim=8, **NEITHER)),
            "down_proj k_proj v_proj",
            2 * (8 + 8 + 24),
        ),
        (
            lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**SMALL, intermediate_size=24)),
            "dense_4h_to_h query_key_value",
            2 * (48 + 24),
        ),
        (lambda: FalconForCausalLM(FalconConfig(**SMALL, **NEITHER)), "dense_4h_to_h query_key_value", 2 * (32 + 64)),
        (
            lambda: GPT2LMHeadModel(GPT2Config(vocab_size=32, n_embd=16, n_layer=2, n_head=2, **UNDROPPED, **NEITHER)),
            "c_attn mlp.c_proj",
            2 * (48 + 64),
        ),
    ],
    ids=["mistral", "qwen3", "gpt_neox", "falcon", "gpt2"],
)
def test_keys_values_and_feed_forward_of_every_family_are_found(make, targets, factors):
    base = make().eval()
    before = logits_of(base)
    model = auto().apply(base, "causal")
    assert torch.equal(logits_of(model), before)
    assert " ".join(sorted(model.peft_config["default"].target_modules)) == targets
    assert sum(weights.numel() for weights in model.parameters() if weights.requires_grad) == factors
    losses = train(model)
    assert losses[-1] < losses[0]


def test_in_t5_the_decoder_reads_scaled_keys_of_the_encoder_too(load):
    model = auto().apply(load("seq2seq").model, "seq2seq")
    names = {name.partition(".layer.")[2] for name, weights in model.named_parameters() if weights.requires_grad}
    scaled = {name.rpartition(".ia3")[0] for name in names}
    assert scaled == {
        "0.SelfAttention.k",
        "0.SelfAttention.v",
        "1.EncDecAttention.k",
        "1.EncDecAttention.v",
        "1.DenseReluDense.wo",
        "2.DenseReluDense.wo",
    }


@pytest.mark.parametrize("quantization", ["int8", "nf4"])
def test_over_a_quantised_base_of_16_bits_the_dtype_stays(load, quantization):
    precision = Precision(weights="bfloat16", quantization=quantization, trainer="32-true")
    loaded = load("causal", **precision.loading())
    precision.settle(loaded.model)
    losses = train(auto().apply(loaded.model, "causal"))
    assert losses[-1] < losses[0]


def test_layers_may_be_named(load):
    model = IA3(targets=["q_proj"], feed_forward="up_proj").apply(load("causal").model, "causal")
    assert set(model.peft_config["default"].target_modules) == {"q_proj", "up_proj"}
    with pytest.raises(ModelError, match=r"adapter.feed_forward: dwn_proj names no linear layer of this model"):
        IA3(targets="auto", feed_forward="dwn_proj").apply(load("causal").model, "causal")


def test_a_family_that_is_not_known_is_told_what_it_has():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2))
    model.config = type("Config", (), {"model_type": "strange"})
    with pytest.raises(ModelError, match=r"auto knows no layer of this model \(strange\), which has 0. Name some"):
        auto().apply(model, "causal")

import importlib.util
import logging
from dataclasses import FrozenInstanceError

import pytest
import torch
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from peft import LoraConfig, get_peft_model

from doppel.errors import ModelError
from doppel.model.tiny_causal import TinyCausal
from doppel.model.tiny_seq2seq import TinySeq2Seq
from doppel.precision.precision import Precision

SIZES = {"hidden_size": 64, "layers": 2, "heads": 4, "feed_forward_size": 96}
TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}
OPTIONS = {
    "causal": TinyCausal(**SIZES, context_tokens=64, seed=0),
    "seq2seq": TinySeq2Seq(**SIZES, dropout=0.0, seed=0),
}


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def settled(architecture, quantization, weights="bfloat16"):
        precision = Precision(weights=weights, quantization=quantization, trainer="32-true")
        model = OPTIONS[architecture].load(precision.loading()).model
        precision.settle(model)
        return model

    return settled


def step(model, architecture):
    """The gradients of the trained weights by name."""
    ids = torch.tensor([[1, 5, 9, 2, 7, 7, 30, 4]])
    model.train()
    model.zero_grad()
    model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    return {name: weights.grad.clone() for name, weights in model.named_parameters() if weights.requires_grad}


def test_what_from_pretrained_gets():
    dense = Precision(weights="bfloat16", quantization=None, trainer="32-true")
    assert dense.loading() == {"dtype": torch.bfloat16}
    eight = Precision(weights="float16", quantization="int8", trainer="32-true").loading()
    assert eight["dtype"] == torch.float16
    assert eight["quantization_config"].load_in_8bit
    for quantization, is_double in (("nf4", False), ("nf4_double", True)):
        four = Precision(weights="bfloat16", quantization=quantization, trainer="32-true").loading()
        asked = four["quantization_config"].to_diff_dict()
        assert asked.pop("bnb_4bit_use_double_quant", False) == is_double
        assert asked["bnb_4bit_quant_type"] == "nf4"
        assert asked["bnb_4bit_compute_dtype"] == "bfloat16"
        assert "llm_int8_skip_modules" not in asked
    with pytest.raises(FrozenInstanceError):
        dense.weights = "float32"


@pytest.mark.parametrize(
    ("quantization", "kind"), [("nf4", Linear4bit), ("nf4_double", Linear4bit), ("int8", Linear8bitLt)]
)
@pytest.mark.parametrize("weights", ["float32", "bfloat16"])
def test_parts_that_stay_wide(load, quantization, kind, weights):
    wide = {"causal": {"lm_head", "embed_tokens", "norm"}, "seq2seq": {"wo", "lm_head", "shared", "layer_norm"}}
    for architecture, expected in wide.items():
        model = load(architecture, quantization, weights)
        quantised = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, kind)}
        assert quantised == (
            {"q", "k", "v", "o", "wi_0", "wi_1"}
            if architecture == "seq2seq"
            else {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
        )
        for name, module in model.named_modules():
            if name.rpartition(".")[2] in expected:
                assert module.weight.dtype == getattr(torch, weights)


def test_a_model_counts_its_weights_as_if_they_were_whole(load):
    for architecture in OPTIONS:
        counts = {load(architecture, quantization).num_parameters() for quantization in (None, "int8", "nf4")}
        assert len(counts) == 1


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # of stock PEFT
@pytest.mark.parametrize("quantization", ["nf4", "nf4_double", "int8"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_an_evaluation_changes_no_gradient_and_no_base(load, architecture, quantization):
    base = load(architecture, quantization)
    assert not any(module.support_avx512bf16_for_cpu for module in base.modules() if isinstance(module, Linear4bit))
    torch.manual_seed(0)
    model = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear", task_type=TASKS[architecture]))
    assert {weights.dtype for weights in model.parameters() if weights.requires_grad} == {torch.float32}
    before, packed = step(model, architecture), base.state_dict()
    assert sum(float(gradient.abs().sum()) for gradient in before.values()) > 0
    ids = torch.tensor([[1, 5, 9, 2]])
    with torch.inference_mode():
        model.eval()(input_ids=ids, labels=ids, use_cache=False)
    after = step(model, architecture)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert all(torch.equal(weights, packed[name]) for name, weights in base.state_dict().items())


def test_bitsandbytes_says_nothing_at_each_product(load, caplog):
    model = load("causal", "int8")
    with caplog.at_level(logging.WARNING):
        model(input_ids=torch.tensor([[1, 5]]))
    assert "MatMul8bitLt" not in caplog.text


def test_without_bitsandbytes_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    precision = Precision(weights="bfloat16", quantization="nf4", trainer="32-true")
    with pytest.raises(ModelError, match=r'precision.quantization=nf4 needs .* pip install "doppel\[quantized\]"'):
        precision.loading()
    Precision(weights="bfloat16", quantization=None, trainer="32-true").loading()

import pytest
import torch
from transformers import AutoModelForCausalLM, FalconConfig

from doppel.batches import collate
from doppel.errors import ModelError
from doppel.training.attention import PER_SAMPLE
from doppel.training.reading import Reader
from doppel.types import Tokens
from tests.tiny_run import PAD, VOCABULARY, causal_model, seq2seq_model

SAMPLES = [Tokens((5, 6, 7), (False, True, True), (), "a"), Tokens((8, 9), (True, True), (), "b")]


def test_a_decoder_says_at_each_position_what_follows() -> None:
    batch = {**collate.causal([[sample] for sample in SAMPLES], PAD), "weights": torch.tensor([[1, 2, 3], [4, 5, 0.0]])}
    inputs, targets, weights = Reader("causal", "auto")(causal_model(), batch)
    assert sorted(inputs) == ["attention_mask", "input_ids", "use_cache"]
    assert targets.tolist() == [[6, 7, -100], [9, -100, -100]]
    assert weights.tolist() == [[2, 3, 0], [5, 0, 0]]


def test_an_encoder_decoder_says_its_labels() -> None:
    samples = [Tokens((5, 6), (True, True), (8, 9, 3), "a")]
    inputs, targets, weights = Reader("seq2seq", "auto")(seq2seq_model(), collate.seq2seq([samples], PAD))
    assert inputs["decoder_input_ids"].tolist() == [[PAD, 5]]
    assert targets.tolist() == [[5, 6]]
    assert weights is None


@pytest.mark.parametrize(("attention", "kind"), [("auto", PER_SAMPLE), ("sdpa", "sdpa")])
def test_packed_rows_are_read_sample_by_sample_unless_told_otherwise(attention, kind) -> None:
    model = causal_model()
    inputs, targets, _ = Reader("causal", attention)(model, collate.packed([SAMPLES], PAD))
    assert model.config._attn_implementation == kind
    assert ("attention_mask" in inputs) == (kind == PER_SAMPLE)
    assert targets.tolist() == [[6, 7, -100, 9, -100]]
    assert model.training


def test_rows_become_one_for_flash_attention() -> None:
    model = causal_model()
    reader = Reader("causal", "flash_attention_2")
    reader._is_isolated = True
    model.config._attn_implementation_internal = "flash_attention_2"
    batch = {**collate.packed([SAMPLES, SAMPLES[1:]], PAD), "weights": torch.ones(2, 5)}
    inputs, targets, weights = reader(model, batch)
    assert inputs["input_ids"].tolist() == [[5, 6, 7, 8, 9, 8, 9, PAD, PAD, PAD]]
    assert inputs["position_ids"].tolist() == [[0, 1, 2, 0, 1, 0, 1, 0, 1, 2]]
    assert targets.tolist() == [[6, 7, -100, 9, -100, 9, -100, -100, -100, -100]]
    assert weights.shape == (1, 10)


def test_refuses_to_pack_for_a_model_that_mixes_samples() -> None:
    torch.manual_seed(0)
    config = FalconConfig(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, initializer_range=0.3
    )
    config.bos_token_id = config.eos_token_id = 1
    reader, model = Reader("causal", "auto"), AutoModelForCausalLM.from_config(config)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"falcon do not keep the samples of a row apart .*type batches=bucketed"):
            reader(model, collate.packed([SAMPLES], PAD))
    assert reader(model, collate.causal([SAMPLES[:1]], PAD))

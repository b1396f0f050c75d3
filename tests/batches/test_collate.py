from dataclasses import replace

import torch

from doppel.batches import collate
from doppel.types import Tokens

PAD = 9
LONG = Tokens((1, 2, 3), (True, False, True), (), "long")
SHORT = Tokens((4, 9), (False, True), (), "short")


def test_causal_rows_are_padded_on_the_right() -> None:
    batch = collate.causal([[LONG], [SHORT]], PAD)
    assert batch["input_ids"].tolist() == [[1, 2, 3], [4, 9, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_labels_come_from_is_learnt_and_never_from_the_pad_token() -> None:
    # SHORT ends with the pad token, learnt: as with SmolLM2, whose pad token is its end token.
    labels = collate.causal([[LONG], [SHORT]], PAD)["labels"]
    assert labels.tolist() == [[-100, -100, 3], [-100, 9, -100]]


def test_the_first_token_of_a_decoder_only_text_is_not_counted() -> None:
    assert collate.num_learnt(LONG, "causal") == 1
    assert collate.num_learnt(LONG, "seq2seq") == 2


def test_seq2seq_pads_each_side_by_itself() -> None:
    samples = [Tokens((1, 2, 3), (True,) * 3, (5,), "a"), Tokens((4,), (True,), (6, 7), "b")]
    batch = collate.seq2seq([[sample] for sample in samples], PAD)
    assert batch["input_ids"].tolist() == [[5, 9], [6, 7]]
    assert batch["attention_mask"].tolist() == [[1, 0], [1, 1]]
    assert batch["labels"].tolist() == [[1, 2, 3], [4, -100, -100]]


def test_packed_positions_restart_at_each_sample_and_where_padding_starts() -> None:
    batch = collate.packed([[LONG, SHORT], [LONG]], PAD)
    assert sorted(batch) == ["input_ids", "labels", "position_ids"]
    assert batch["input_ids"].tolist() == [[1, 2, 3, 4, 9], [1, 2, 3, 9, 9]]
    assert batch["labels"].tolist() == [[-100, -100, 3, -100, 9], [-100, -100, 3, -100, -100]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 0, 1], [0, 1, 2, 0, 1]]


def test_weights_lie_where_the_labels_of_their_samples_lie() -> None:
    light, heavy = replace(LONG, weight=0.5), replace(SHORT, weight=3)
    padded = [[light], [heavy]]
    assert collate.weights(padded, 1).tolist() == [[0.5, 0.5, 0.5], [3, 3, 0]]
    assert collate.weights([[light, heavy], [LONG]], 2).tolist() == [[0.25, 0.25, 0.25, 1.5, 1.5], [0.5] * 3 + [0, 0]]
    assert collate.weights(padded, 1).shape == collate.causal(padded, PAD)["labels"].shape
    assert collate.weights([], 1).shape == collate.idle(collate.causal, PAD)["labels"].shape
    assert collate.weights([], 1).dtype == collate.weights(padded, 1).dtype == torch.float32


def test_an_idle_micro_batch_is_tiny_and_learns_nothing() -> None:
    for made, others in (
        (collate.causal, {"attention_mask"}),
        (collate.seq2seq, {"attention_mask"}),
        (collate.packed, {"position_ids"}),
    ):
        batch = collate.idle(made, PAD)
        assert set(batch) == {"input_ids", "labels"} | others
        assert all(tensor.shape == (1, 2) and tensor.dtype == torch.int64 for tensor in batch.values())
        assert batch["labels"].tolist() == [[-100, -100]]

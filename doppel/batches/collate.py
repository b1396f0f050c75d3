"""Rows of samples as tensors: padded on the right, or packed end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import torch

from doppel.types import NOT_LEARNT, Architecture, Batch, Tokens

Rows = Sequence[Sequence[Tokens]]
Collate = Callable[[Rows, int], Batch]


class WeightedBatch(Batch, total=False):
    """A micro-batch of a data set whose samples do not all weigh 1."""

    weights: torch.Tensor  # (B, T) float32, of each label in the training loss; 1 on average over an epoch


class JudgedBatch(WeightedBatch, total=False):
    """A micro-batch of N judged replies: its rows are N better and then N worse ones, or N that were judged alone."""

    samples: torch.Tensor  # (N,) int64, where they stand among all tokens
    ratings: torch.Tensor  # (N,) int64, 1 or -1; 0: pairs
    strangers: list[JudgedBatch]  # in the first micro-batch of a step, of each of its micro-batches: replies to others
    step_samples: int  # of the whole optimizer step, over accumulation and processes


def num_learnt(sample: Tokens, architecture: Architecture) -> int:
    """The tokens that enter the loss, of a pair those of both; nothing predicts the first of a decoder-only text."""
    own = sum(sample.is_learnt[1:] if architecture == "causal" else sample.is_learnt)
    return own if sample.beside is None or sample.rating else own + num_learnt(sample.beside, architecture)


def causal(rows: Rows, pad_id: int) -> Batch:
    """input_ids, labels and attention_mask, each (B, T), of rows that hold one sample each."""
    samples = [sample for (sample,) in rows]
    return {
        "input_ids": _right_padded((sample.ids for sample in samples), pad_id),
        "labels": _right_padded((_causal_labels(sample) for sample in samples), NOT_LEARNT),
        "attention_mask": _right_padded(([1] * len(sample.ids) for sample in samples), 0),
    }


def seq2seq(rows: Rows, pad_id: int) -> Batch:
    """input_ids and attention_mask (B, S) of the source, labels (B, T) of the target; one sample in a row."""
    samples = [sample for (sample,) in rows]
    for sample in samples:
        # The decoder reads its own labels, shifted: a target token left out of them would be read as padding.
        assert all(sample.is_learnt), f"{sample.sample_id}: a target token that is not learnt"
    return {
        "input_ids": _right_padded((sample.source_ids for sample in samples), pad_id),
        "labels": _right_padded((sample.ids for sample in samples), NOT_LEARNT),
        "attention_mask": _right_padded(([1] * len(sample.source_ids) for sample in samples), 0),
    }


def packed(rows: Rows, pad_id: int) -> Batch:
    """input_ids, labels and position_ids, each (B, T), of rows that hold one sample after another.

    Positions restart at every sample and there is no attention_mask: transformers then keeps attention within each
    sample. What pads a row is one more such segment.
    """
    return {
        "input_ids": _right_padded((chain.from_iterable(sample.ids for sample in row) for row in rows), pad_id),
        "labels": _right_padded((chain.from_iterable(map(_causal_labels, row)) for row in rows), NOT_LEARNT),
        "position_ids": _with_restarting_padding([[len(sample.ids) for sample in row] for row in rows]),
    }


def weights(rows: Rows, mean: float) -> torch.Tensor:
    """(B, T) the weight over `mean` of every label's sample, whatever the rows are collated to; 0 for what pads."""
    if not rows:
        return torch.zeros(1, 2)
    of_tokens = ([sample.weight / mean for sample in row for _ in sample.ids] for row in rows)
    tensors = [torch.tensor(row, dtype=torch.float32) for row in of_tokens]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)


def idle(collate: Collate, pad_id: int) -> Batch:
    """The smallest micro-batch that learns nothing: it keeps processes in step where the data has run out."""
    is_target_learnt = collate is seq2seq
    sample = Tokens((pad_id, pad_id), (is_target_learnt, is_target_learnt), (pad_id, pad_id), "idle")
    return {**collate([[sample]], pad_id), "labels": torch.full((1, 2), NOT_LEARNT)}


def pinned(batch: WeightedBatch) -> WeightedBatch:
    """The batch in page-locked memory, from which a GPU takes it while it works on."""
    items = ((name, value.pin_memory() if isinstance(value, torch.Tensor) else value) for name, value in batch.items())
    return WeightedBatch(**dict(items))  # pyright: ignore[reportArgumentType]


def _causal_labels(sample: Tokens) -> list[int]:
    # The first label would be predicted from what stands before the sample: nothing, or another sample.
    pairs = zip(sample.ids, (False, *sample.is_learnt[1:]), strict=True)
    return [token if is_learnt else NOT_LEARNT for token, is_learnt in pairs]


def _right_padded(rows: Iterable[Iterable[int]], value: int) -> torch.Tensor:
    tensors = [torch.tensor(list(row), dtype=torch.int64) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)


def _with_restarting_padding(lengths: list[list[int]]) -> torch.Tensor:
    width = max(map(sum, lengths))
    segments = [[*row, width - sum(row)] for row in lengths]
    return torch.stack([torch.cat([torch.arange(length) for length in row]) for row in segments])

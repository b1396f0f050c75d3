"""Micro-batches of judged replies: what is read beside each of them is in the same micro-batch, or step."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from doppel.batches.collate import Collate, JudgedBatch, Rows
from doppel.types import Batch, Tokens


def is_judged(tokens: Sequence[Tokens]) -> bool:
    """Whether these are judged replies: then all are, in one way."""
    return bool(tokens) and tokens[0].beside is not None


def judged(
    tokens: Sequence[Tokens], of_turns: Sequence[Sequence[int]], turn: int, collate: Collate, idle: Batch, pad_id: int
) -> JudgedBatch:
    """The micro-batch `turn` of one process in a step, of the samples that `of_turns` names for each of its turns.

    Replies that were judged alone: the first micro-batch brings the replies to others of all turns, as the loss of each
    depends on all of them.
    """

    def collated(samples: list[Tokens]) -> JudgedBatch:
        rows: Rows = [[sample] for sample in samples]
        return {**(collate(rows, pad_id) if rows else idle)}

    own = [tokens[index] for index in of_turns[turn]]
    besides = [[tokens[index].beside or tokens[index] for index in indices] for indices in of_turns]
    is_alone = tokens[0].rating != 0
    batch = collated(own if is_alone else [*own, *besides[turn]])
    batch["samples"] = torch.tensor(of_turns[turn], dtype=torch.int64)
    batch["ratings"] = torch.tensor([sample.rating for sample in own], dtype=torch.int64)
    if is_alone:
        batch["strangers"] = []
        for indices, samples in zip(of_turns, besides, strict=True) if turn == 0 else ():
            batch["strangers"].append({**collated(samples), "samples": torch.tensor(indices, dtype=torch.int64)})
    return batch

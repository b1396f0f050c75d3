"""Several samples in a row of max_tokens, isolated from each other: almost no padding. Decoder-only models."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Sequence

from doppel.batches import collate
from doppel.batches.loader import Deal, Loader, Row, checked, shuffled
from doppel.types import Architecture, PositiveInt, Tokens


class Packed:
    """Makes micro-batches of batch_size rows, each filled with samples up to max_tokens."""

    def __init__(self, *, batch_size: PositiveInt, max_tokens: PositiveInt) -> None:
        self._batch_size, self._max_tokens = batch_size, max_tokens

    def __call__(
        self,
        tokens: Sequence[Tokens],
        *,
        architecture: Architecture,
        pad_id: int,
        seed: int,
        accumulate: int,
        world_size: int,
        rank: int,
        is_training: bool,
    ) -> Loader:
        """The loader of one process; what is not for training is packed the same way every time. Raises: DataError."""
        assert architecture == "causal", "cross-attention would mix the samples of a row"
        checked(tokens, architecture, self._max_tokens)
        lengths = [len(sample.ids) for sample in tokens]

        def rows_of_epoch(epoch: int) -> list[Row]:
            if not is_training:
                return best_fit(lengths, range(len(tokens)), self._max_tokens)
            rows = best_fit(lengths, shuffled(len(tokens), seed, epoch), self._max_tokens)
            random.Random(f"{seed}/{epoch}/rows").shuffle(rows)
            return rows

        deal = Deal(self._batch_size, accumulate, world_size, rank, seed)
        return Loader(tokens, rows_of_epoch, collate.packed, architecture, deal, pad_id)


def best_fit(lengths: Sequence[int], order: Sequence[int], max_tokens: int) -> list[Row]:
    """Rows of sample indices: longest first, each sample where it leaves the least room.

    Samples of one length keep the given order, so shuffling changes who shares a row but never how many rows there
    are: an epoch has the same number of steps every time, which Lightning and the learning rate schedule count on.
    (Isolated samples do not feel who is beside them; only the rows of a step matter, and those are shuffled.)
    """
    rows: list[Row] = []
    room: list[tuple[int, int]] = []  # (tokens left, row), sorted
    for index in sorted(order, key=lengths.__getitem__, reverse=True):
        at = bisect_left(room, (lengths[index], -1))
        if at == len(room):
            rows.append([index])
            insort(room, (max_tokens - lengths[index], len(rows) - 1))
        else:
            left, row = room.pop(at)
            rows[row].append(index)
            insort(room, (left - lengths[index], row))
    return rows

"""One sample in a row, with samples of similar length together: less padding than `padded`, nearly as well mixed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from doppel.batches.collate import causal, seq2seq
from doppel.batches.loader import Deal, Loader, Row, checked, shuffled
from doppel.types import Architecture, PositiveInt, Tokens


class Bucketed:
    """Makes micro-batches of batch_size samples of similar length.

    The shuffled samples are cut into buckets of bucket_steps optimizer steps each, sorted by length within a bucket,
    cut into steps, and the steps are shuffled. Whole steps, not micro-batches, are what is kept together: so all
    processes get rows of one length, and how a step is divided among them does not change what it learns from.
    """

    def __init__(self, *, batch_size: PositiveInt, max_tokens: PositiveInt, bucket_steps: PositiveInt) -> None:
        self._batch_size, self._max_tokens, self._bucket_steps = batch_size, max_tokens, bucket_steps

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
        """The loader of one process; what is not for training comes shortest first. Raises: DataError."""
        checked(tokens, architecture, self._max_tokens)
        deal = Deal(self._batch_size, accumulate, world_size, rank, seed)
        lengths = [len(sample.ids) + len(sample.source_ids) for sample in tokens]

        def rows_of_epoch(epoch: int) -> list[Row]:
            if is_training:
                order = self._order(lengths, deal, epoch)
            else:
                order = sorted(range(len(tokens)), key=lengths.__getitem__)
            return [[index] for index in order]

        return Loader(
            tokens, rows_of_epoch, causal if architecture == "causal" else seq2seq, architecture, deal, pad_id
        )

    def _order(self, lengths: list[int], deal: Deal, epoch: int) -> list[int]:
        order = shuffled(len(lengths), deal.seed, epoch)
        bucket, step = self._bucket_steps * deal.rows_per_step, deal.rows_per_step
        buckets = [sorted(order[at : at + bucket], key=lengths.__getitem__) for at in range(0, len(order), bucket)]
        by_length = [index for indices in buckets for index in indices]
        steps = [by_length[at : at + step] for at in range(0, len(by_length), step)]
        incomplete = steps.pop() if len(steps[-1]) < step else []
        random.Random(f"{deal.seed}/{epoch}/steps").shuffle(steps)
        return [index for indices in (*steps, incomplete) for index in indices]

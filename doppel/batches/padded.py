"""One sample in a row, padded to the longest of its micro-batch, in plain shuffled order."""

from __future__ import annotations

from collections.abc import Sequence

from doppel.batches.collate import causal, seq2seq
from doppel.batches.loader import Deal, Loader, Row, checked, shuffled
from doppel.types import Architecture, PositiveInt, Tokens


class Padded:
    """Makes micro-batches of batch_size samples."""

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
        """The loader of one process; what is not for training comes in the order given. Raises: DataError."""
        checked(tokens, architecture, self._max_tokens)

        def rows_of_epoch(epoch: int) -> list[Row]:
            order = shuffled(len(tokens), seed, epoch) if is_training else range(len(tokens))
            return [[index] for index in order]

        deal = Deal(self._batch_size, accumulate, world_size, rank, seed)
        return Loader(
            tokens, rows_of_epoch, causal if architecture == "causal" else seq2seq, architecture, deal, pad_id
        )

"""Leaves out long texts that are nearly the same as an earlier one."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from doppel.types import Message, OpenFraction, PositiveInt

PIECE_CHARS = 5
MAX_CHARS = 10_000  # of a text that are compared
PERMUTATIONS = 64  # measured: 0.2 ms and 3 KB for a text of 180 characters


class NearDuplicates:
    """Leaves out a long text that shares most of its pieces of 5 characters with an earlier one, whoever sent it.

    By MinHash (Broder 1997) with locality-sensitive hashing, from datasketch; the same texts are found in each run.
    Of the latest `max_remembered` long texts about 3 KB each are held; older ones are forgotten.
    """

    def __init__(self, *, min_chars: PositiveInt, min_likeness: OpenFraction, max_remembered: PositiveInt) -> None:
        from datasketch import MinHash, MinHashLSH

        self.min_chars = min_chars
        self.min_likeness = min_likeness
        self.max_remembered = max_remembered
        self.empty = MinHash(num_perm=PERMUTATIONS, hashfunc=crc32)
        # From 0.96 on no bands of hashes are left that could tell: those texts are found by likeness 0.95, then judged.
        self.index = MinHashLSH(threshold=min(min_likeness, 0.95), num_perm=PERMUTATIONS)
        self.remembered: OrderedDict[Any, Any] = OrderedDict()
        self.texts = 0
        self.why = f"of {min_chars:,} characters or more and {min_likeness:.0%} like an earlier one"

    def __call__(self, message: Message) -> Message | None:
        """The message where it is short, or unlike the earlier ones."""
        if len(message.text) < self.min_chars:
            return message
        text = " ".join(message.text[:MAX_CHARS].casefold().split())
        pieces = {text[at : at + PIECE_CHARS] for at in range(max(len(text) - PIECE_CHARS, 0) + 1)}
        sketch = self.empty.copy()
        sketch.update_batch([piece.encode("utf-8", "surrogatepass") for piece in pieces])
        near = self.index.query(sketch)
        if any(sketch.jaccard(self.remembered[key]) >= self.min_likeness for key in near):
            return None
        self._remember(sketch)
        return message

    def _remember(self, sketch: Any) -> None:
        self.index.insert(self.texts, sketch)
        self.remembered[self.texts] = sketch
        self.texts += 1
        if len(self.remembered) > self.max_remembered:
            oldest, _ = self.remembered.popitem(last=False)
            self.index.remove(oldest)

    def notes(self) -> list[str]:
        """Whether anything was forgotten."""
        if self.texts <= self.max_remembered:
            return []
        return [
            f"of {self.texts:,} long texts each was compared with the {self.max_remembered:,} before it; to compare "
            "with more, raise filters.near_duplicates.max_remembered (3 KB of memory each)."
        ]

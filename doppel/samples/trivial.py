"""Replies that say next to nothing: part of how people write, and what a model falls back to if it learns too many."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.samples.burst import Burst
    from doppel.types import Fraction, PositiveInt

STRETCHED = re.compile(r"(.{1,2}?)\1+")  # "okkk", "hahaha"


class TrivialCap:
    """Keeps trivial turns at `max_fraction` of all learnt turns; the rest of them stay as context, and are not learnt.

    A turn is trivial if it has at most `max_chars` characters and nothing in it but `words`, in any case and however
    stretched ("okkkk", "hahaha"), and what is neither letter nor digit: a "+", a ")))", a lone emoji.
    """

    def __init__(self, *, max_fraction: Fraction, max_chars: PositiveInt, words: list[str]) -> None:
        self.max_fraction = max_fraction
        self.max_chars = max_chars
        self.words = frozenset(plain for word in words for plain in _plain_words(word))

    def is_trivial(self, texts: list[str]) -> bool:
        """Whether the messages of a turn say next to nothing."""
        if sum(map(len, texts)) > self.max_chars:
            return False
        return all(word in self.words for text in texts for word in _plain_words(text))

    def counter(self) -> TrivialCounter:
        """What counts the turns of one export."""
        return TrivialCounter(self)


class TrivialCounter:
    """Decides in the order the turns come, so that no export is read twice and a run can be repeated."""

    def __init__(self, cap: TrivialCap) -> None:
        self.cap = cap
        self.learnt = self.trivial = self.refused = 0

    def is_within(self, burst: Burst) -> bool:
        """Whether this turn, which would be learnt, is."""
        if not self.cap.is_trivial([message.text for message in burst.messages]):
            self.learnt += 1
            return True
        # With this turn, the share of trivial ones among the learnt must still be allowed.
        if self.trivial + 1 > self.cap.max_fraction * (self.learnt + 1):
            self.refused += 1
            return False
        self.learnt += 1
        self.trivial += 1
        return True

    def note(self) -> str:
        """What became of the trivial turns."""
        return (
            f"samples: {self.trivial + self.refused:,} of {self.learnt + self.refused:,} turns to learn are trivial; "
            f"{self.refused:,} beyond {self.cap.max_fraction:.0%} stay as context only (samples.trivial.max_fraction)."
        )


def _plain_words(text: str) -> list[str]:
    return [_shrunk(word) for word in re.findall(r"\w+", text.casefold())]


def _shrunk(word: str) -> str:
    shorter = STRETCHED.sub(r"\1", word)
    return word if shorter == word else _shrunk(shorter)

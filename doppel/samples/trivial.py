"""Replies that say next to nothing: part of how people write, and what a model falls back to if it learns too many."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.samples.burst import Burst
    from doppel.types import Fraction, PositiveInt

HABIT_TIMES = 10  # what was said less often so far is no habit: of the first turns each is a large share
REMEMBERED = 100_000  # short turns that differ
STRETCHED = re.compile(r"(.{1,2}?)\1+")  # "okkk", "hahaha"


class TrivialCap:
    """Keeps trivial turns at `max_fraction` of all learnt turns; the rest of them stay as context, and are not learnt.

    A turn is trivial if it has at most `max_chars` characters and nothing in it but `words`, in any case and however
    stretched ("okkkk", "hahaha"), and what is neither letter nor digit: a "+", a ")))", a lone emoji. So is, at most as
    long, what its speaker says more often than in `habit_fraction` of their turns; None: nothing is.
    """

    def __init__(
        self, *, max_fraction: Fraction, max_chars: PositiveInt, habit_fraction: Fraction | None, words: list[str]
    ) -> None:
        self.max_fraction = max_fraction
        self.max_chars = max_chars
        self.habit_fraction = habit_fraction
        self.words = frozenset(plain for word in words for plain in _plain_words(word))

    def is_trivial(self, texts: list[str]) -> bool:
        """Whether the messages of a turn say next to nothing."""
        return self.is_short(texts) and all(word in self.words for text in texts for word in _plain_words(text))

    def is_short(self, texts: list[str]) -> bool:
        """Whether a turn may be trivial at all."""
        return sum(map(len, texts)) <= self.max_chars

    def counter(self) -> TrivialCounter:
        """What counts the turns of one export."""
        return TrivialCounter(self)


class TrivialCounter:
    """Decides in the order the turns come, so that no export is read twice and a run can be repeated.

    A habit is one from when it has shown. Memory: the first REMEMBERED short turns that differ.
    """

    def __init__(self, cap: TrivialCap) -> None:
        self.cap = cap
        self.learnt = self.trivial = self.refused = self.habits = 0
        self.turns: Counter[str] = Counter()  # speaker_id -> turns to learn so far
        self.said: Counter[tuple[str, str]] = Counter()  # speaker_id, words -> short turns of these words so far

    def is_within(self, burst: Burst) -> bool:
        """Whether this turn, which would be learnt, is."""
        texts = [message.text for message in burst.messages]
        is_habit = self._is_habit(burst.speaker_id, texts)
        is_listed = self.cap.is_trivial(texts)
        self.habits += is_habit and not is_listed
        if not is_habit and not is_listed:
            self.learnt += 1
            return True
        # With this turn, the share of trivial ones among the learnt must still be allowed.
        if self.trivial + 1 > self.cap.max_fraction * (self.learnt + 1):
            self.refused += 1
            return False
        self.learnt += 1
        self.trivial += 1
        return True

    def _is_habit(self, speaker_id: str, texts: list[str]) -> bool:
        self.turns[speaker_id] += 1
        fraction = self.cap.habit_fraction
        if fraction is None or not self.cap.is_short(texts):
            return False
        key = speaker_id, " ".join(word for text in texts for word in _plain_words(text))
        if key not in self.said and len(self.said) >= REMEMBERED:
            return False
        self.said[key] += 1
        return self.said[key] > max(HABIT_TIMES, fraction * self.turns[speaker_id])

    def note(self) -> str:
        """What became of the trivial turns."""
        own = f" ({self.habits:,} by samples.trivial.habit_fraction)" if self.habits else ""
        turns = f"{self.trivial + self.refused:,} of {self.learnt + self.refused:,} turns to learn"
        return (
            f"samples: {turns} are trivial{own}; {self.refused:,} beyond {self.cap.max_fraction:.0%} stay as context "
            "only (samples.trivial.max_fraction)."
        )


def _plain_words(text: str) -> list[str]:
    return [_shrunk(word) for word in re.findall(r"\w+", text.casefold())]


def _shrunk(word: str) -> str:
    shorter = STRETCHED.sub(r"\1", word)
    return word if shorter == word else _shrunk(shorter)

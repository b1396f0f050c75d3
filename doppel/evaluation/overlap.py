"""The longest run of words of a text that stands in other texts, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doppel.evaluation.nouns import Burst
from doppel.evaluation.words import words_of

SEED_WORDS = 3  # shorter runs are everybody's: counted as they are found, up to here
Run = tuple[str, ...]


class Overlaps:
    """Finds runs of the queries in the texts that were read before; case and punctuation are not looked at.

    Only those places of the texts are kept at which three words of some query stand: memory follows the queries.
    """

    def __init__(self, queries: Iterable[Burst], texts: Iterable[Burst]) -> None:
        wanted = {run for burst in queries for message in burst for run in _runs(words_of(message))}
        self._messages: list[list[str]] = []
        self._places: dict[Run, list[tuple[int, int]]] = {}
        self._whole: set[Run] = set()
        for message in (words_of(message) for burst in texts for message in burst):
            found = [(run, at) for at, run in enumerate(_runs(message)) if run in wanted]
            if found:
                self._whole.add(tuple(message))
                self._messages.append(message)
                for run, at in found:
                    self._places.setdefault(run, []).append((len(self._messages) - 1, at))

    def longest(self, burst: Burst) -> int:
        """Words of the longest run within one message; 0 where it is shorter than three."""
        return max((self._longest(words_of(message)) for message in burst), default=0)

    def _longest(self, words: Sequence[str]) -> int:
        best = 0
        for start, run in enumerate(_runs(words)):
            if best >= len(words) - start:
                break  # what is left is no longer than what is found
            for message, at in self._places.get(run, ()):
                best = max(best, _common(words[start:], self._messages[message], at))
        return best

    def whole(self, burst: Burst, least_words: int) -> list[bool]:
        """For each message of at least so many words whether it stands there as a whole message."""
        messages = [tuple(words_of(message)) for message in burst]
        return [message in self._whole for message in messages if len(message) >= max(least_words, SEED_WORDS)]


def _runs(words: Sequence[str]) -> list[Run]:
    return [tuple(words[at : at + SEED_WORDS]) for at in range(len(words) - SEED_WORDS + 1)]


def _common(words: Sequence[str], others: Sequence[str], at: int) -> int:
    length = 0
    while length < len(words) and at + length < len(others) and words[length] == others[at + length]:
        length += 1
    return length

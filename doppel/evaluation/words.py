"""Texts as words: what several metrics look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from doppel.evaluation.nouns import Burst

SIGNS = r"\w+|[^\w\s]+"  # words, and what stands between them: of these any text has some
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def words_of(text: str) -> list[str]:
    """The words in small letters, without punctuation and figures."""
    return WORD.findall(text.casefold())


def plain(burst: Burst) -> str:
    """The burst by its words and signs alone: for telling whether two replies are the same."""
    return " ".join("\n".join(burst).casefold().split())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of everyone in training."""

    common: frozenset[str]  # the most frequent: what remains of them when topics change (Burrows 2002)
    known: frozenset[str]

    @classmethod
    def of(cls, bursts: Iterable[Burst], common_words: int) -> Lexicon:
        """The lexicon of some bursts."""
        counts = Counter(word for burst in bursts for text in burst for word in words_of(text))
        return cls(frozenset(word for word, _ in counts.most_common(common_words)), frozenset(counts))

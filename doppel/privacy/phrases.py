"""Recovery phrases of wallets: as many words as they have, and none that they never have."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.spans import SECRET, Found
from doppel.privacy.words import table

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTHS = (12, 15, 18, 21, 24)  # words of a phrase: BIP39
SHORTEST = 47  # characters of twelve words
PHRASE = re.compile(r"(?<![\w'])[a-z]{3,8}(?:[ \n,]{1,3}[a-z]{3,8}){11,23}(?![\w'])")


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(table("words")["phrases"]["ordinary"])


def find_phrases(text: str) -> Iterator[Found]:
    """Phrases of one of the lengths, told from ordinary sentences by their words."""
    if not _may_hold_one(text.split()):
        return
    for match in PHRASE.finditer(text):
        words = re.findall(r"[a-z]+", match.group())
        if len(words) in LENGTHS and _ordinary().isdisjoint(words):
            yield Found(*match.span(), SECRET)


def _may_hold_one(words: list[str]) -> bool:
    """Whether twelve words in a row could be of a phrase; looks at few of them, each row from its end."""
    last = LENGTHS[0] - 1
    while last < len(words):
        wrong = next((place for place in range(last, last - LENGTHS[0], -1) if not _is_possible(words[place])), None)
        if wrong is None:
            return True
        last = wrong + LENGTHS[0]
    return False


def _is_possible(word: str) -> bool:
    return 3 <= len(word) <= 9 and word.islower() and word.isascii() and word not in _ordinary()

"""Recovery phrases of wallets: twelve words or more in a row of the list that they are drawn from (BIP 39)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.spans import SECRET, Found

if TYPE_CHECKING:
    from collections.abc import Iterator

FEWEST_WORDS = 12
FEWEST_DISTINCT = 9  # a phrase of twelve seldom repeats one of 2,048; "really really really ..." does little else
SHORTEST = 47  # characters of twelve words
SEED, PHRASE = "\u0441\u0438\u0434", "\u0444\u0440\u0430\u0437"  # parts of the Russian words
WORD = re.compile(r"\w+")
BETWEEN = re.compile(r"[\s,.;:()\d]{1,6}")  # blanks, commas, and numbers as wallets print them


@cache
def _listed() -> frozenset[str]:
    from mnemonic import Mnemonic

    return frozenset(Mnemonic("english").wordlist)


def may_hold_phrase(text: str) -> bool:
    """Whether there are words enough, and listed ones among them: a quick look."""
    if text.count(" ") + text.count("\n") < FEWEST_WORDS - 1:
        return False
    folded = text.casefold()
    return len(_listed().intersection(folded.replace(",", " ").split())) >= FEWEST_DISTINCT or _is_named(folded)


def _is_named(folded: str) -> bool:
    """Whether one is spoken of: then it is one though its words repeat, as those of an empty wallet do."""
    return "seed" in folded or "mnemonic" in folded or SEED in folded or PHRASE in folded


def find_phrases(text: str) -> Iterator[Found]:
    """Rows of listed words, in any case."""
    if not may_hold_phrase(text):
        return
    listed, is_named = _listed(), _is_named(text.casefold())
    row: list[re.Match[str]] = []
    for match in WORD.finditer(text):
        if match.group().isdecimal():
            continue  # between its words some wallets print their numbers
        is_listed = match.group().casefold() in listed
        if is_listed and (not row or BETWEEN.fullmatch(text, row[-1].end(), match.start())):
            row.append(match)
            continue
        yield from _phrase(row, is_named=is_named)
        row = [match] if is_listed else []
    yield from _phrase(row, is_named=is_named)


def _phrase(row: list[re.Match[str]], *, is_named: bool) -> Iterator[Found]:
    if len(row) >= FEWEST_WORDS and (is_named or len({match.group().casefold() for match in row}) >= FEWEST_DISTINCT):
        yield Found(row[0].start(), row[-1].end(), SECRET)

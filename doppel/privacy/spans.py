"""Pieces of a text that are replaced, and where everything else then is."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from doppel.types import Entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The kinds, as the report names them.
SECRET = "secret"  # noqa: S105
EMAIL = "e-mail address"
PHONE = "phone number"
CARD = "bank card"
ACCOUNT = "bank account"
WALLET = "crypto wallet"
IP = "IP address"
PASSPORT = "passport"
INN = "tax number"
SNILS = "insurance number"
SSN = "social security number"
NAME = "name"
MENTION = "user name"

MARK = "[secret]"  # what stands for every secret: its length and shape tell something of it too


class Found(NamedTuple):
    """Something private in a text."""

    start: int  # in characters
    end: int  # the first character after it
    kind: str
    new: str | None = None  # what replaces it; None: a pseudonym of its shape


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """In order of place; of two that overlap the secret stays, then the longer one; overlapping secrets become one.

    A card stays whole: its first four digits beside the word "card" or "code" are no secret of their own.
    """
    kept: list[Found] = []
    for one in sorted(found, key=lambda item: (item.start, -item.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.kind == kept[-1].kind == SECRET:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, one.end))
        elif _weight(one) > _weight(kept[-1]):
            kept[-1] = one
    return kept


def _weight(found: Found) -> tuple[bool, int]:
    return found.kind in (SECRET, CARD), found.end - found.start


def replaced(text: str, found: Sequence[Found], news: Sequence[str]) -> str:
    """The text with each found piece replaced by the new one at its position in `news`."""
    pieces: list[str] = []
    done = 0
    for one, new in zip(found, news, strict=True):
        pieces += (text[done : one.start], new)
        done = one.end
    return "".join([*pieces, text[done:]])


def moved(entities: Sequence[Entity], found: Sequence[Found], news: Sequence[str]) -> tuple[Entity, ...]:
    """The entities where they are after the replacement; one inside a replaced piece becomes the whole new piece."""
    starts = [one.start for one in found]
    growth = [len(new) - (one.end - one.start) for one, new in zip(found, news, strict=True)]
    shifts = [0, *accumulate(growth)]

    def place(offset: int, *, is_end: bool) -> int:
        after = bisect_left(starts, offset)  # how many pieces begin before the offset
        if after and offset < found[after - 1].end:
            begin = found[after - 1].start + shifts[after - 1]
            return begin + len(news[after - 1]) if is_end else begin
        return offset + shifts[after]

    return tuple(Entity(one.kind, place(one.start, is_end=False), place(one.end, is_end=True)) for one in entities)


def inside(found: Found, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the ranges, which are in order and apart, holds all of it."""
    before = bisect_right(ranges, (found.start, sys.maxsize))
    return before > 0 and found.end <= ranges[before - 1][1]

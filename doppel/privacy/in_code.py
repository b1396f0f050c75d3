"""Contacts in code: messengers copy what is set as code at a touch, so that numbers are sent this way too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.phones import is_linked
from doppel.privacy.spans import EMAIL, PHONE, Found

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERNATIONAL = ("+", "@")  # numbers with the prefix of their country, and mentions by number
USED = re.compile(r"\w|[(\[=]|\.\w")  # behind a name in a program: a call, an index, an assignment
FEWEST = 2  # characters on each side of the sign: "q@k.name" multiplies
# What else stands on the line of a number that was sent and not programmed: a few words, and no signs of programs.
LABELS = re.compile(r"[\s`.,:!?+\u2013\u2014-]*(?:[^\W\d_]{1,20}[\s`.,:!?+\u2013\u2014-]+){0,4}[^\W\d_]{0,20}")


def is_somebodys(one: Found, text: str, found: Sequence[Found], code: tuple[int, int]) -> bool:
    """Whether it is a contact, though it stands in code: others there are specs of packages, numbers and examples."""
    if one.kind == EMAIL:
        local, _, domain = text[one.start : one.end].partition("@")
        return min(len(local), len(domain.partition(".")[0])) >= FEWEST and not USED.match(text, one.end)
    if one.kind != PHONE:
        return False
    return text.startswith(INTERNATIONAL, one.start) or is_linked(text, one.start) or _is_alone(one, text, found, code)


def _is_alone(one: Found, text: str, found: Sequence[Found], code: tuple[int, int]) -> bool:
    """Whether its line of the code holds nothing else but other finds and a few words."""
    start, end = max(code[0], text.rfind("\n", 0, one.start) + 1), text.find("\n", one.end, code[1])
    end = code[1] if end < 0 else end
    rest, done = "", start
    for other in sorted(found):
        if start <= other.start and other.end <= end and other.start >= done:
            rest, done = rest + text[done : other.start], other.end
    return LABELS.fullmatch(rest + text[done:end]) is not None

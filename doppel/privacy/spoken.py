"""E-mail addresses written around the marks that programs look for: "ann (at) some (dot) org"."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from doppel.privacy.recognisers import recognised
from doppel.privacy.words import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each has one of these, in small letters: a cheap test.
SIGNS = (
    "(at)",
    "[at]",
    "{at}",
    "<at>",
    " dot ",
    "(\u0441\u043e\u0431\u0430\u043a\u0430)",
    " \u0442\u043e\u0447\u043a\u0430 ",
)
OPEN, CLOSE = r"\s{0,2}[(\[{<]", r"[)\]}>]\s{0,2}"


class Spoken(NamedTuple):
    """An address, and how its two marks were written."""

    address: str  # as programs write it
    at: str
    dot: str


@cache
def _dot() -> re.Pattern[str]:
    dot = any_of("addresses", "dot")
    return re.compile(rf"{OPEN}{dot}{CLOSE}|\s+{dot}\s+|\.", re.IGNORECASE)


@cache
def _forms() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Between brackets, and bare: there the host must be one of those that everybody has."""
    at, dot, mailer = (any_of("addresses", name) for name in ("at", "dot", "mailers"))
    local = rf"(?<![\w.@+-])(?P<local>[\w+%'-]{{1,64}}(?:(?:\.|{OPEN}{dot}{CLOSE})[\w+%'-]{{1,64}}){{0,3}})"
    host = rf"(?P<host>[\w-]{{1,63}}(?:(?:{_dot().pattern})[\w-]{{2,63}}){{1,4}})"
    end = any_of("addresses", "endings")
    return (
        re.compile(rf"{local}(?P<at>{OPEN}{at}{CLOSE}){host}", re.IGNORECASE),
        re.compile(rf"{local}(?P<at>\s+{at}\s+)(?P<host>{mailer}\s+{dot}\s+{end})(?!\w)", re.IGNORECASE),
    )


def may_be_spoken(text: str) -> bool:
    """Whether there is a sign of such an address."""
    lower = text.lower()
    return any(sign in lower for sign in SIGNS)


def find_spoken(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each address."""
    if not may_be_spoken(text):
        return
    bracketed, bare = _forms()
    for match in bracketed.finditer(text):
        if recognised("email", _spoken(match).address):
            yield match.span()
    for match in bare.finditer(text):
        yield match.span()


def spoken(spelling: str) -> Spoken | None:
    """What the spelling of an address stands for; None where it is none of this kind."""
    return next((_spoken(match) for form in _forms() if (match := form.fullmatch(spelling))), None)


def _spoken(match: re.Match[str]) -> Spoken:
    host, dot = match["host"], _dot()
    mark = dot.search(host)
    return Spoken(f"{dot.sub('.', match['local'])}@{dot.sub('.', host)}", match["at"], mark[0] if mark else ".")

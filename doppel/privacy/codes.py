"""Codes: short numbers that open something, told by the words around them, in Russian and English."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.spans import SECRET, Found
from doppel.privacy.words import any_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator

DOOR = r"\d{1,4}[kv\u043a\u0432*#]\d{2,6}"  # a flat and its code, as the door of a house takes them: 45k7890


def code_names() -> tuple[str, str, str]:
    """Parts of regular expressions that match a name of a card's code, of a PIN, and of any other code."""
    others = "".join(
        rf"(?<!\b{word}\s)(?<!\b{word}-)(?<!\b{word}\s\()" for word in table("words")["codes"]["not_after"]
    )
    cvv, pin, code = (rf"(?<![^\W_]){any_of('codes', name)}" for name in ("cvv", "pin", "code"))
    return cvv, pin, rf"(?={code}){others}{code}"  # what goes before is looked at where there is one, not everywhere


@cache
def _codes() -> tuple[re.Pattern[str], ...]:
    """Patterns with the code in group 1."""
    cvv, pin, code = code_names()
    any_code = any_of("codes", "code")
    link, yours, units = any_of("codes", "link"), any_of("codes", "yours"), any_of("units", "after")
    links = rf"(?:[\s-]{{0,2}}(?<![^\W_]){link}(?![^\W_])){{0,5}}[\s:=-]{{1,3}}[#*]?"
    end = rf"(?![\w/]|[-.,: ]{{0,2}}\d|\s?{units})"
    digits = rf"(?:[A-Za-z]{{1,2}}-)?(?:\d{{4,8}}|\d{{3}}[ -]\d{{3}}|{DOOR})"
    return (
        re.compile(rf"{cvv}{links}(\d{{3,4}}){end}", re.IGNORECASE),
        re.compile(rf"{pin}{links}(\d{{4,8}}){end}", re.IGNORECASE),
        re.compile(rf"{code}{links}({digits}){end}", re.IGNORECASE),
        re.compile(
            rf"(?<![\w.,:-])({digits})(?!\s?{units})\s{{0,2}}{link}?\s+(?:{yours}\s+){{0,3}}?(?<![^\W_]){any_code}(?![^\W_])",
            re.IGNORECASE,
        ),
    )


def find_codes(text: str) -> Iterator[Found]:
    """Codes beside a word that names them; the words themselves stay."""
    for pattern in _codes():
        for match in pattern.finditer(text):
            yield Found(*match.span(1), SECRET)

"""Passwords, codes and recovery words: told by the words around them, in Russian and English."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.spans import SECRET, Found
from doppel.privacy.words import any_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands where a value would be: a variable, a template, a type, a mark, a link.
NO_VALUE = re.compile(
    r"[$<{\[(*%]|https?://|\w+(?:\.\w+)*\(|[\w.-]+:$|(?:none|null|nil|true|false|str|string|x{3,})\W*$", re.IGNORECASE
)
MIXED = re.compile(r"(?=\S*\d)\S*[^\W\d_]|\d{4,}|(?=\S*\d)\S*[!#$%&*?^@]")  # no ordinary word
WITH_DIGIT = re.compile(r"(?=\S*\d)(?!\S*[()])\S{8,}")


@cache
def _assigned() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...]:
    """Patterns with the value in group 1 or 2, and what a value must look like; None: like anything."""
    value = r"""["'`]?\s{0,2}(?::=|=>|[:=])\s{0,3}(?:"([^"\n]{3,200})"|["'`]?([^\s"'`,;&]{3,200}))"""
    password, key, link = any_of("passwords", "password"), any_of("passwords", "key"), any_of("passwords", "link")
    few_words = r"(?:[^\S\n][\w-]{1,20}){0,4}?"
    bare = rf"(?:\s+{link}){{0,3}}\s+()([^\s,;]{{4,200}})"
    return (
        (re.compile(rf"{password}{few_words}{value}", re.IGNORECASE), None),
        (re.compile(rf"{key}(?:[^\S\n][\w-]{{1,20}})?{value}", re.IGNORECASE), WITH_DIGIT),
        (re.compile(rf"(?<![^\W_]){password}{bare}", re.IGNORECASE), MIXED),
    )


@cache
def _codes() -> tuple[re.Pattern[str], ...]:
    """Patterns with the code in group 1."""
    cvv, pin, code = (any_of("codes", name) for name in ("cvv", "pin", "code"))
    link, yours, units = any_of("codes", "link"), any_of("codes", "yours"), any_of("units", "after")
    before, links = r"(?<![^\W_])", rf"(?:[\s-]{{0,2}}(?<![^\W_]){link}(?![^\W_])){{0,4}}[\s:=-]{{1,3}}"
    end = rf"(?![\w/]|[-.,: ]{{0,2}}\d|\s?{units})"
    digits = r"(?:[A-Za-z]{1,2}-)?(?:\d{4,8}|\d{3}[ -]\d{3})"
    others = "".join(
        rf"(?<!\b{word}\s)(?<!\b{word}-)(?<!\b{word}\s\()" for word in table("words")["codes"]["not_after"]
    )
    return (
        re.compile(rf"{before}{cvv}{links}(\d{{3,4}}){end}", re.IGNORECASE),
        re.compile(rf"{before}{pin}{links}(\d{{4,8}}){end}", re.IGNORECASE),
        re.compile(rf"{before}{others}{code}{links}({digits}){end}", re.IGNORECASE),
        re.compile(
            rf"(?<![\w.,:-])({digits})\s{{0,2}}{link}?\s+(?:{yours}\s+){{0,3}}?{before}{code}(?![^\W_])",
            re.IGNORECASE,
        ),
    )


@cache
def _stems() -> tuple[str, ...]:
    return tuple(table("words")["passwords"]["stems"])


def find_passwords(text: str) -> Iterator[Found]:
    """Values beside a word that names a password, a key, a code; the words themselves stay."""
    lower = text.lower()
    if not any(stem in lower for stem in _stems()):
        return
    for pattern, look in _assigned():
        for match in pattern.finditer(text):
            group = 1 if match.group(1) else 2
            value = match.group(group)
            if not NO_VALUE.match(value) and (look is None or look.match(value)):
                yield Found(*match.span(group), SECRET)
    for pattern in _codes():
        for match in pattern.finditer(text):
            yield Found(*match.span(1), SECRET)

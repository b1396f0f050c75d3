"""Passwords and keys: told by the words around them, in Russian and English."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.codes import find_codes
from doppel.privacy.spans import SECRET, Found
from doppel.privacy.word_orders import MIXED, NO_WORD, turned, unlike_words
from doppel.privacy.words import any_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands where a value would be: a variable of the program or of its surroundings, a call, a type, a mark, a link.
NO_VALUE = re.compile(
    r"[$<{\[(*%]|https?://|\w+(?:\.\w+)*\(|[\w.]+\[$|(?:\w+\.)*env(?:iron)?\.\w|[\w.-]+:$|"
    r"(?:[a-z_]+\.)+[a-z_]*(?:pass|pwd|secret|token|key)[a-z_]*\W*$|"
    r"(?:none|null|nil|true|false|str|string|x{3,})\W*$",
    re.IGNORECASE,
)
# Nor a path, nor a link; a shorter one has digits in two places, or is written as programs of one-time codes do.
LONG_KEY = re.compile(
    r"(?=\S*\d)(?:(?=\S*[a-z])[a-z0-9_+=~-]{20,}|(?=[a-z]*\d+[a-z]+\d)(?=\S*[a-z])[a-z0-9]{12,19}|(?-i:[A-Z2-7]{16,}))"
    r"[.!?)\"'`]*$",
    re.IGNORECASE,
)
# The same in groups of four, as these programs show them.
FOURS = r"()((?=(?:[a-z2-7]{4}[ -]){0,7}[a-z2-7]{0,3}(?:[a-z][2-7]|[2-7][a-z]))(?:[a-z2-7]{4}[ -]){3,7}[a-z2-7]{4})"
SENTENCE = re.compile(r"[^\S\n]+[^\W\d_]+(?![\w@]|\s?[:=])")  # a word more, that names no other value
WITH_DIGIT = re.compile(r"(?=\S*\d)(?!\S*[()])\S{8,}")


@cache
def _assigned() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...]:
    """Patterns with the value in the first group that is not empty, and what it must look like; None: like anything."""
    value = r"""["'`]?\s{0,2}(?::=|=>|[:=])\s{0,3}(?:"([^"\n]{3,200})"|["'`]?([^\s"'`,;&]{3,200}))"""
    password, key, link = any_of("passwords", "password"), any_of("passwords", "key"), any_of("passwords", "link")
    short, dashed, wifi, part = (any_of("passwords", name) for name in ("short", "dashed", "wifi", "part"))
    before = r"(?<![^\W_])"
    not_me = r"(?<!\b\u044f )"  # who is out of a game says "I pass" with the same word
    few_words = r"(?:[^\S\n][\w-]{1,20}){0,4}?"
    bare = rf"(?:\s+{link}){{0,3}}\s+()([^\s,;]{{4,200}})"
    last = r"()([^\s,;]{4,64}?)[.!]?[^\S\n]*$"  # the line ends with it
    dash = rf"(?:[^\S\n]+{link}){{0,2}}?[^\S\n]*[-\u2013\u2014]{{1,2}}[^\S\n]+{last}"
    network = rf"{wifi}[^\S\n]?[:=\u2013\u2014-]?[^\S\n]?[^\n/|,;:]{{1,32}}[/|,;\n][^\S\n]?"
    return (
        (re.compile(rf"{password}{few_words}{value}", re.IGNORECASE), None),
        (re.compile(rf"{key}(?:[^\S\n][\w-]{{1,20}}|[_-]{part}){{0,3}}{value}", re.IGNORECASE), WITH_DIGIT),
        (re.compile(rf"{before}{key}{bare}", re.IGNORECASE), LONG_KEY),
        (re.compile(rf"{before}{key}(?:\s+{link}|:){{0,3}}\s+{FOURS}(?!\w)", re.IGNORECASE), None),
        (re.compile(rf"{before}{password}{bare}", re.IGNORECASE), MIXED),
        (re.compile(rf"{before}{not_me}{short}(?:{bare}|{value})", re.IGNORECASE), MIXED),
        (re.compile(rf"{before}{not_me}{short}[:=][^\S\n]?{last}", re.IGNORECASE | re.MULTILINE), None),
        (re.compile(rf"{before}(?:{dashed}|{short}){dash}", re.IGNORECASE | re.MULTILINE), unlike_words()),
        (re.compile(rf"{before}{network}()([^\s,;]{{8,63}})[^\S\n]*$", re.IGNORECASE | re.MULTILINE), NO_WORD),
    )


@cache
def _known() -> re.Pattern[str]:
    """Words that are passwords as often as words."""
    return re.compile(any_of("passwords", "known"), re.IGNORECASE)


def _is_talk(text: str, value: str, end: int) -> bool:
    """Whether an ordinary word goes on in a sentence: "password: later, when I am home" tells none."""
    return (
        (value.isalpha() and value.islower())
        and SENTENCE.match(text, end) is not None
        and _known().match(value) is None
    )


@cache
def _stems() -> tuple[str, ...]:
    return tuple(table("words")["passwords"]["stems"])


def find_passwords(text: str) -> Iterator[Found]:
    """Values beside a word that names a password, a key, a code; the words themselves stay."""
    lower = text.lower()
    if not any(stem in lower for stem in _stems()):
        return
    orders = turned() if any(stem in lower for stem in table("words")["passwords"]["orders"]) else ()
    for pattern, look in (*_assigned(), *orders):
        for match in pattern.finditer(text):
            group = next(number for number in range(1, len(match.groups()) + 1) if match.group(number))
            value = match.group(group)
            is_like = look.match(value) if look else not _is_talk(text, value, match.end(group))
            if is_like and not NO_VALUE.match(value):
                yield Found(*match.span(group), SECRET)
    yield from find_codes(text)

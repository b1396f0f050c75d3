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
NO_WORD = re.compile(rf"(?!802\.11)(?:{MIXED.pattern}|\S*[a-z\u0430-\u044f][A-Z\u0410-\u042f]|\S*[!#$%&*?^@])")
LONG_KEY = re.compile(r"(?=\S*\d)(?=\S*[a-z])[a-z0-9_+=~-]{20,}[.!?)\"'`]*$", re.IGNORECASE)  # nor a path, nor a link
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
        (re.compile(rf"{before}{password}{bare}", re.IGNORECASE), MIXED),
        (re.compile(rf"{before}{not_me}{short}(?:{bare}|{value})", re.IGNORECASE), MIXED),
        (re.compile(rf"{before}{not_me}{short}[:=][^\S\n]?{last}", re.IGNORECASE | re.MULTILINE), None),
        (re.compile(rf"{before}(?:{dashed}|{short}){dash}", re.IGNORECASE | re.MULTILINE), _unlike_words()),
        (re.compile(rf"{before}{network}()([^\s,;]{{8,63}})[^\S\n]*$", re.IGNORECASE | re.MULTILINE), NO_WORD),
    )


@cache
def _unlike_words() -> re.Pattern[str]:
    """What stands behind a dash and is none of the words that tell something of a password."""
    return re.compile(rf"(?!{any_of('passwords', 'no_value')}\W*$)\S*\w", re.IGNORECASE)


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
            group = next(number for number in range(1, len(match.groups()) + 1) if match.group(number))
            value = match.group(group)
            is_like = look.match(value) if look else not _is_talk(text, value, match.end(group))
            if is_like and not NO_VALUE.match(value):
                yield Found(*match.span(group), SECRET)
    for pattern in _codes():
        for match in pattern.finditer(text):
            yield Found(*match.span(1), SECRET)

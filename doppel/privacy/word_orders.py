"""Passwords in other orders than the word and its value: in quotes, behind the login, before the word."""

from __future__ import annotations

import re
from functools import cache

from doppel.privacy.words import any_of

MIXED = re.compile(r"(?=\S*\d)\S*[^\W\d_]|\d{4,}|(?=\S*\d)\S*[!#$%&*?^@]")  # no ordinary word
NO_WORD = re.compile(rf"(?!802\.11)(?:{MIXED.pattern}|\S*[a-z\u0430-\u044f][A-Z\u0410-\u042f]|\S*[!#$%&*?^@])")
BEFORE = re.compile(rf"(?![\d.:/]*[.:/][\d.:/]*$)(?:{MIXED.pattern})")  # nor an address of a machine, nor a time
OPENING, CLOSING = r"[\"'`\u00ab\u201c\u201e]", r"[\"'`\u00bb\u201c\u201d]"
INSIDE = r"[^\"'`\u00ab\u00bb\u201c\u201d\u201e\n]"


@cache
def unlike_words() -> re.Pattern[str]:
    """What is none of the words that tell something of a password instead of telling it."""
    return re.compile(rf"(?!{any_of('passwords', 'no_value')}\W*$)\S*\w", re.IGNORECASE)


@cache
def turned() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Patterns with the value in the group that is not empty, and what it must look like."""
    return (*_quoted(), *_pairs(), _before())


def _quoted() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    """Whatever "password is" goes before, and a single word right behind "password"."""
    password, link = any_of("passwords", "password"), any_of("passwords", "link")
    is_value = rf"(?:\s+{link}){{1,3}}\s+{OPENING}({INSIDE}{{3,64}}){CLOSING}"
    value = rf"[^\S\n]{OPENING}((?:(?!\s){INSIDE}){{3,64}}){CLOSING}"
    return [(re.compile(rf"(?<![^\W_]){password}{form}", re.IGNORECASE), unlike_words()) for form in (is_value, value)]


def _pairs() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    """login/password: user / value; the user is found by nobody."""
    names, no_user = (any_of("passwords", entry) for entry in ("login", "from_to"))
    password = any_of("passwords", "password", "short")
    user = rf"(?!{no_user}\s)[^\s:/|,;=]{{2,64}}"
    both = rf"(?<![^\W_]){names}\s?(?:[/|,&+\\:-]|and|\u0438)?\s?{password}"
    value = r"([^\s,;\"'`]{4,64})"
    return [
        (re.compile(rf"{both}\s?[:=]\s{{0,3}}{user}\s?[/|:]\s?{value}", re.IGNORECASE), unlike_words()),
        (re.compile(rf"{both}\s?[:=\u2013\u2014-]?\s{{1,3}}{user}\s?[/|,;:\s]\s?{value}", re.IGNORECASE), NO_WORD),
    ]


def _before() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """ "hunter2 is my password"."""
    password, this, behind = (any_of("passwords", entry) for entry in ("password", "this", "from_to"))
    link = rf"\s+(?:[\u2013\u2014-]|is|{this})\s+(?:[\w-]{{1,20}}\s+){{0,3}}?"
    value = rf"(?<!\S){OPENING}?([^\s,;\"'`\u00bb]{{4,64}}){CLOSING}?"
    return re.compile(rf"{value}{link}{password}(?=\s+{behind}\s|\W*$)", re.IGNORECASE | re.MULTILINE), BEFORE

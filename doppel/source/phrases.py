"""The words that a messenger itself writes into an export, read from the files of phrases beside this module."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

# Left-to-right, right-to-left and other invisible marks, which phones put around names, numbers and placeholders.
MARKS = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
UNMARKED = dict.fromkeys(map(ord, MARKS))  # for str.translate
EDGES = f"{MARKS}<> .\u00a0\u202f\u3002"


@cache
def phrases(file: str) -> dict[str, tuple[str, ...]]:
    """Section -> its lines, in order, of a file beside this module."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return {section: tuple(found) for section, found in sections.items()}


def folded(text: str) -> str:
    """A short text as phrases are compared: without brackets, marks and full stop at its ends, case folded."""
    return text.strip(EDGES).casefold()


def letters(text: str) -> str:
    """The letters alone, case folded: "p. m.", "PM" and "\u202fpm" are the same."""
    return "".join(one for one in text.casefold() if unicodedata.category(one)[0] in "LM")

"""The words of the languages that chats are held in, kept beside the code as data."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def table(name: str) -> dict[str, dict[str, list[str]]]:
    """Section -> entry -> words of a file beside this module."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def any_of(section: str, *entries: str) -> str:
    """A group of a regular expression that matches any word of these entries."""
    return f"(?:{'|'.join(word for entry in entries for word in table('words')[section][entry])})"


@cache
def _near(entry: str) -> re.Pattern[str]:
    return re.compile(any_of("near", entry), re.IGNORECASE)


REACH = 40  # characters before a value in which a word tells what it is


def is_near(entry: str, text: str, start: int, end: int | None = None) -> bool:
    """Whether a word of the entry stands shortly before this place; with an end, behind that too."""
    before = _near(entry).search(text, max(0, start - REACH), start)
    return before is not None or (end is not None and _near(entry).search(text, end, end + REACH) is not None)

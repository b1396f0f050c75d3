"""Names as OpenAI's API takes them: it refuses a file with any other."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

REFUSED = re.compile(r"[^a-zA-Z0-9_-]+")
MAX_CHARS = 64


def api_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with letters, digits, _ and - alone, no two alike: Ann Lee -> Ann_Lee, others person_2."""
    made: dict[str, str] = {}
    for number, name in enumerate(dict.fromkeys(names), 1):
        letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        is_whole = sum(map(str.isalnum, letters)) == sum(map(str.isalnum, name))
        fitting = REFUSED.sub("_", letters).strip("_")[:MAX_CHARS] if is_whole else ""
        numbered = (f"person_{at}" for at in count(number))
        made[name] = next(each for each in chain([fitting], numbered) if each and each not in made.values())
    return made

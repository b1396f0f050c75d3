"""Given names with their short forms, and what pseudonyms are chosen from."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Literal, NamedTuple, get_args

from doppel.privacy.russian import is_declined
from doppel.privacy.words import table

Script = Literal["russian", "english"]
SCRIPTS: tuple[Script, ...] = get_args(Script)
VOWELS = "\u0430\u044f"  # the two endings of Russian names that are declined alike, of either gender


class Full(NamedTuple):
    """A given name as it stands in a passport."""

    name: str
    gender: str  # "male", "female" or "either"


@cache
def shorts(script: Script) -> dict[Full, list[str]]:
    """Each full name with its short forms."""
    return {
        Full(name, gender): short
        for key, names in table("given_names").items()
        if key == script
        for gender, entries in names.items()
        for name, short in _entries(entries)
    }


def _entries(entries: dict[str, list[str]] | list[str]) -> list[tuple[str, list[str]]]:
    return list(entries.items()) if isinstance(entries, dict) else []


@cache
def fulls(script: Script) -> dict[str, list[Full]]:
    """Full or short form -> the names that it may stand for."""
    found: dict[str, list[Full]] = defaultdict(list)
    for full, short in shorts(script).items():
        for form in (full.name, *short):
            found[form].append(full)
    return found


@cache
def common() -> dict[str, str]:
    """First names in Latin letters that are found in texts though nobody of the chats bears them -> their gender."""
    found = table("given_names")["found"]
    listed = {
        name: gender for gender in ("male", "female") for entry in (gender, f"{gender}_words") for name in found[entry]
    }
    unclear = table("given_names")["unclear"]["english"]
    return {form: full[0].gender for form, full in fulls("english").items() if form not in unclear} | listed


def alike(form: str, full: Full, new: Full, script: Script) -> str:
    """The form of the new name that stands to it as `form` to the full name; declined alike where that can be."""
    if form == full.name:
        return new.name
    own, others = shorts(script).get(full, []), shorts(script).get(new, [])
    if script == "russian":
        others = [other for other in others if is_declined(other)]
    ends_alike = [other for other in others if (other[-1] in VOWELS) == (form[-1] in VOWELS)] or others
    place = own.index(form) if form in own else 0
    return ends_alike[place % len(ends_alike)] if ends_alike else new.name

"""Whether a word is a name: by its script, the lists of names, and how else a dictionary reads it."""

from __future__ import annotations

from doppel.privacy.given_names import Script, common, fulls
from doppel.privacy.russian import Reading, is_ordinary, reading, without_yo
from doppel.privacy.words import table

LATIN_ENDS, CYRILLIC = "\u0250", ("\u0400", "\u0530")
# Of the ways to read a word, the share that are names, by how frequent they are in texts. From this share on it is one
CLOSE = 0.5  # without a capital too, where it is of the chats' own people,
CLEAR = 0.4  # where a sentence begins too, and
POSSIBLE = 0.25  # though it is of none of the people.


def script_of(word: str) -> Script | None:
    """The script, of those whose names are known; None for others."""
    if word[0] < LATIN_ENDS:
        return "english"
    return "russian" if CYRILLIC[0] <= word[0] < CYRILLIC[1] else None


def is_title(word: str) -> bool:
    """Whether a name follows: "Mr", "Dr"."""
    return word.lower() in table("given_names")["found"]["titles"]


def is_no_name(word: str) -> bool:
    """Whether it stands in display names beside a name: "Mom", "Office"."""
    return word.lower() in table("given_names")["unclear"]["not_names"]


def label(word: str, place: int) -> Reading | None:
    """A word of a Russian display name read as a name."""
    key = without_yo(word)
    if script_of(word) != "russian":
        return None
    if key in fulls("russian"):
        found = reading(key, is_label=True)
        return found if found and found.sort == "Name" else Reading("Name", key, None, 1.0)
    found = reading(key, is_label=True)
    if found is None and place == 0 and not is_ordinary(key):
        return Reading("Name", key, None, 1.0)
    return found


def may_be_somebody(key: str, share: float) -> bool:
    """Whether a word with a capital may tell of somebody else: a listed first name, however rare beside the word."""
    found = reading(key)
    return share >= POSSIBLE or (found is not None and found.sort == "Name" and found.lemma in fulls("russian"))


def likeness(key: str, script: Script) -> tuple[float, bool]:
    """How far a word is a name and nothing else, and whether it is one with a capital only."""
    if script == "english":
        found = table("given_names")["found"]
        if key in table("given_names")["unclear"]["english"] or key in found["male_words"] + found["female_words"]:
            return 0.0, True
        return (1.0, False) if key in fulls("english") or key in common() else (CLEAR, True)
    found = reading(key)
    if found is None:
        return (0.0, True) if is_ordinary(key) else (1.0, False)
    return found.share, found.is_word or found.share < CLOSE

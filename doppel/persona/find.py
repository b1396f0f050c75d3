"""Finding people by what a user calls them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.persona.typed import override

if TYPE_CHECKING:
    from doppel.types import People, Persona, Speaker

SHOWN = 10  # speakers listed in an error
COMPARED = 2000  # speakers whose names are compared with a misspelt one: it takes microseconds each


def matches(word: str, people: People) -> list[Speaker]:
    """Who has this id or, if nobody does, this name, exactly or else in another case; [] for nobody.

    A bare number or word stands for an id behind its namespace: 1000000 for user1000000, U123 for slack:U123.
    """
    by_id = people.by_id
    if word in by_id:
        return [by_id[word]]
    if word.isdecimal():
        found = [by_id[who] for who in (f"user{word}", f"channel{word}") if who in by_id]
        if found:
            return found[:1]
    line = " ".join(word.split())
    for same in (str, str.casefold):
        wanted = {same(word), same(line)}
        found = [who for who in by_id.values() if not wanted.isdisjoint(map(same, (who.name, *who.names)))]
        if found:
            return found
    return [speaker for who, speaker in by_id.items() if word and who.partition(":")[2] == word]


@dataclass(frozen=True, slots=True)
class Finder:
    """An id or a name -> its sender_ids; the name of a persona -> all of its ids."""

    people: People
    personas: tuple[Persona, ...]

    def __call__(self, word: str) -> frozenset[str]:
        """The sender_ids. Raises: DataError for nobody, and for a name that several people have."""
        wanted = str(word).strip()
        found = matches(wanted, self.people)
        ids = frozenset(speaker.speaker_id for speaker in found)
        if wanted in ids:
            return ids
        named = next((persona.ids for persona in self.personas if persona.name == wanted), frozenset[str]())
        for persona in self.personas:
            if ids | named <= persona.ids and (named or len(ids) > 1):
                return persona.ids
        ids |= named
        if not ids:
            raise DataError(f"{wanted!r} is nobody in the export.{near_misses(wanted, self.people)}\n{_known(self)}")
        if len(ids) > 1:
            meant = [speaker for speaker in self.people.by_id.values() if speaker.speaker_id in ids]
            raise DataError(f"{wanted!r} is the name of {len(ids)} people: say which by id.\n{table(meant)}")
        return ids


def _known(finder: Finder) -> str:
    return f"Accepted are an id or a name.\n{speakers(finder.people)}"


def near_misses(wanted: str, people: People, *, typed: bool = False) -> str:
    """A sentence with the ids and names that look like this one, "" if none does; `typed`: as words to type."""
    compared = list(people.by_id.values())[:COMPARED]
    words = {word for speaker in compared for word in (speaker.speaker_id, *speaker.names)}
    near = difflib.get_close_matches(wanted, sorted(words), n=3)
    return f" Did you mean {' or '.join(override(word) if typed else repr(word) for word in near)}?" if near else ""


def speakers(people: People) -> str:
    """A table of those who speak most."""
    speaking = [speaker for speaker in people.by_id.values() if speaker.messages]
    if not speaking:
        return "Nobody speaks in this export: use one with messages."
    rest = f"\n  ... and {len(speaking) - SHOWN:,} more" if len(speaking) > SHOWN else ""
    return f"{table(speaking[:SHOWN])}{rest}"


def table(found: list[Speaker]) -> str:
    """A line for each: id, messages, name."""
    width = max(len(speaker.speaker_id) for speaker in found)
    return "\n".join(f"  {who.speaker_id:<{width}}  {who.messages:>9,} messages  {who.name}" for who in found)

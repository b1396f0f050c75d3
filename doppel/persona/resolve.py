"""Finding the persona among the people of an export."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.types import Persona

if TYPE_CHECKING:
    from doppel.persona.people import People, Speaker

Wanted = str | int | list[str | int] | None
SHOWN = 10  # speakers listed in an error
NOT_STRINGS = frozenset(("null", "true", "false", "nan", "inf"))  # to Hydra, unless quoted


def resolve_persona(wanted: Wanted, people: People, owner_id: str | None) -> Persona:
    """Who is learnt: the export's owner where nobody is wanted, else everyone wanted, as one person.

    Each is named by id ("user1000000", or the bare number) or by a display name that only one id has, exactly or
    in another case. Raises: DataError.
    """
    if wanted is None:
        found = [_owner(people, owner_id)]
    else:
        items = wanted if isinstance(wanted, list) else [wanted]
        found = [_find(str(item).strip(), people) for item in items]
    if not found:
        raise DataError(f"persona=[] names nobody.\n{_accepted(people)}")
    silent = [speaker for speaker in found if speaker.messages == 0]
    if silent:
        who = ", ".join(f"{speaker.speaker_id} ({speaker.name})" for speaker in silent)
        raise DataError(f"There is nothing to learn from {who}: no message is theirs.\n{_accepted(people)}")
    main = max(found, key=lambda speaker: (speaker.messages, speaker.speaker_id))
    return Persona(frozenset(speaker.speaker_id for speaker in found), main.name)


def _owner(people: People, owner_id: str | None) -> Speaker:
    if owner_id is None:
        raise DataError(f"The export does not tell whose it is: say who is to be learnt.\n{_accepted(people)}")
    if owner_id not in people.by_id:
        raise DataError(f"The export's owner, {owner_id}, sent no message in it.\n{_accepted(people)}")
    return people.by_id[owner_id]


def _find(wanted: str, people: People) -> Speaker:
    ids = [wanted, f"user{wanted}", f"channel{wanted}"]
    for speaker_id in ids if wanted.isdecimal() else ids[:1]:
        if speaker_id in people.by_id:
            return people.by_id[speaker_id]
    speakers = people.by_id.values()
    named = [speaker for speaker in speakers if wanted in speaker.names]
    if not named:
        folded = wanted.casefold()
        named = [speaker for speaker in speakers if folded in {name.casefold() for name in speaker.names}]
    if len(named) == 1:
        return named[0]
    if named:
        raise DataError(
            f"persona={wanted!r} is the name of {len(named)} people: say which by id, or learn them as one person with "
            f"{_override([speaker.speaker_id for speaker in named])}.\n{_table(named)}"
        )
    raise DataError(f"persona={wanted!r} is nobody in the export.{_near_misses(wanted, people)}\n{_accepted(people)}")


def _near_misses(wanted: str, people: People) -> str:
    words = {word for speaker in people.by_id.values() for word in (speaker.speaker_id, *speaker.names)}
    near = difflib.get_close_matches(wanted, sorted(words), n=3)
    return f" Did you mean {' or '.join(_override(word) for word in near)}?" if near else ""


def _accepted(people: People) -> str:
    speakers = [speaker for speaker in people.by_id.values() if speaker.messages]
    if not speakers:
        return "Nobody speaks in this export: use one with messages."
    rest = f"\n  ... and {len(speakers) - SHOWN:,} more" if len(speakers) > SHOWN else ""
    example = _override(speakers[0].speaker_id)
    head = f"Accepted are an id, a name, or a list of them. For the first of these type {example}"
    return f"{head}\n{_table(speakers[:SHOWN])}{rest}"


def _table(speakers: list[Speaker]) -> str:
    width = max(len(speaker.speaker_id) for speaker in speakers)
    return "\n".join(f"  {who.speaker_id:<{width}}  {who.messages:>9,} messages  {who.name}" for who in speakers)


def _override(value: str | list[str]) -> str:
    """What to type in a shell: Hydra's quotes around what its grammar does not take bare, then the shell's."""
    words = [_quoted(word) for word in ([value] if isinstance(value, str) else value)]
    return shlex.quote(f"persona={words[0]}" if isinstance(value, str) else f"persona=[{','.join(words)}]")


def _quoted(word: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word) and word.lower() not in NOT_STRINGS:
        return word
    # Hydra's rule: a quote is escaped, and so are the backslashes right before a quote.
    doubled = re.sub(r"(\\+)(?=\"|$)", r"\1\1", word)
    return '"' + doubled.replace('"', r"\"") + '"'

"""Finding the personas among the people of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.persona.find import Finder, matches, near_misses, speakers, table
from doppel.persona.names import DisplayNames
from doppel.persona.typed import override
from doppel.types import Cast, Persona

if TYPE_CHECKING:
    from doppel.types import People, Speaker

Wanted = str | int | list[str | int] | dict[str, Any] | None


def resolve_cast(wanted: Wanted, people: People, owner_ids: frozenset[str]) -> Cast:
    """Who is learnt, and who everyone is.

    `wanted` is an id ("user1000000", or the bare number) or a display name that only one id has, exactly or in another
    case; a list of them for one person's accounts; a mapping from a display name to either for several personas; or
    None for the owner. Several owners are one person: a mix of somebody's messengers has an id of theirs from each. A
    mix of several people's exports needs a mapping.
    Raises: DataError.
    """
    if isinstance(wanted, dict):
        personas = tuple(_named(str(name), ids, people) for name, ids in wanted.items())
        _refuse_shared(personas)
    else:
        found = _owners(people, owner_ids) if wanted is None else _one_person(wanted, people)
        personas = (_persona(found),)
    if not personas:
        raise DataError(f"persona={{}} names nobody.\n{_accepted(people)}")
    return Cast(personas, DisplayNames(people, personas), Finder(people, personas))


def _persona(found: list[Speaker], name: str | None = None) -> Persona:
    main = max(found, key=lambda speaker: (speaker.messages, speaker.speaker_id))
    return Persona(frozenset(speaker.speaker_id for speaker in found), name or main.name)


def _named(name: str, ids: Any, people: People) -> Persona:
    line = " ".join(name.split())
    if not line:
        raise DataError("A persona's name in persona={NAME: ID} is empty: it is what the model knows it by.")
    if not isinstance(ids, str | int | list) or isinstance(ids, bool):
        raise DataError(
            f"persona={{{line}: {ids}}}: accepted are an id, a name, or a list of them.\n{speakers(people)}"
        )
    return _persona(_one_person(ids, people), line)


def _refuse_shared(personas: tuple[Persona, ...]) -> None:
    owner: dict[str, str] = {}
    for persona in personas:
        for speaker_id in sorted(persona.ids):
            if speaker_id in owner:
                raise DataError(f"persona: {speaker_id} cannot be both {owner[speaker_id]} and {persona.name}.")
            owner[speaker_id] = persona.name
    names = [persona.name for persona in personas]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"persona: {twice[0]!r} names two personas: one person's ids go into one list.")


def _owners(people: People, owner_ids: frozenset[str]) -> list[Speaker]:
    """The owner's accounts that say something."""
    if not owner_ids:
        raise DataError(f"The export does not tell whose it is: say who is to be learnt.\n{_accepted(people)}")
    found = [people.by_id[who] for who in sorted(owner_ids) if who in people.by_id]
    if not found:
        raise DataError(
            f"The export's owner, {' or '.join(sorted(owner_ids))}, sent no message in it.\n{_accepted(people)}"
        )
    speaking = [speaker for speaker in found if speaker.messages]
    if not speaking:
        raise _silent(found, people)
    return speaking


def _one_person(wanted: str | int | list[str | int], people: People) -> list[Speaker]:
    items = wanted if isinstance(wanted, list) else [wanted]
    found = [_find(str(item).strip(), people) for item in items]
    if not found:
        raise DataError(f"persona=[] names nobody.\n{_accepted(people)}")
    silent = [speaker for speaker in found if speaker.messages == 0]
    if silent:
        raise _silent(silent, people)
    return found


def _find(wanted: str, people: People) -> Speaker:
    found = matches(wanted, people)
    if not found:
        near = near_misses(wanted, people, typed=True)
        raise DataError(f"persona={wanted!r} is nobody in the export.{near}\n{_accepted(people)}")
    if len(found) > 1:
        raise DataError(
            f"persona={wanted!r} is the name of {len(found)} people: say which by id, or learn them as one person with "
            f"{override([speaker.speaker_id for speaker in found])}.\n{table(found)}"
        )
    return found[0]


def _silent(silent: list[Speaker], people: People) -> DataError:
    who = ", ".join(f"{speaker.speaker_id} ({speaker.name})" for speaker in silent)
    return DataError(f"There is nothing to learn from {who}: no message is theirs.\n{_accepted(people)}")


def _accepted(people: People) -> str:
    first = next((speaker for speaker in people.by_id.values() if speaker.messages), None)
    if first is None:
        return speakers(people)
    example = override(first.speaker_id)
    head = f"Accepted are an id, a name, or a list of them. For the first of these type {example}"
    return f"{head}\n{speakers(people)}"

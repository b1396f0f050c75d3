"""People by their real names and ids, by which they are asked for, and by those that privacy shows instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from doppel.persona.names import DisplayNames
from doppel.types import Cast, Funnel, People, Persona

Find = Callable[[str], frozenset[str]]
TYPED = ("persona", "filters", "samples")  # groups of the config in which people are asked for
NOTE = (
    "privacy: config.yaml, overrides.yaml and command.txt of a run keep what was typed, and so names or numbers that "
    "are replaced everywhere else: leave these three out of what you share."
)


def real_ids(people: People, privacy: Any) -> dict[str, str]:
    """Shown id -> the real one, of people and chats."""
    return {privacy.id(real): real for real in (*people.by_id, *people.by_chat)}


def found_by_either(find: Find, real: Mapping[str, str]) -> Find:
    """Finds people by what they are called in the export, and by the ids that its runs show."""
    return lambda word: find(real.get(word, word))


def cast_as_shown(cast: Cast, find: Find, people: People, privacy: Any, *, unlearnt: frozenset[str]) -> Cast:
    """The cast under the names and ids that are shown; it is asked for by its real ones all the same."""
    personas = tuple(
        Persona(frozenset(map(privacy.id, persona.ids)), privacy.name(persona.name)) for persona in cast.personas
    )
    return Cast(
        personas,
        DisplayNames(people, personas),
        lambda word: frozenset(map(privacy.id, find(word))),
        frozenset(map(privacy.id, unlearnt)),
    )


def note_what_was_typed(
    config: Mapping[str, Any], inputs: Iterable[str], told: Callable[[str], str], funnel: Funnel
) -> None:
    """Adds a note where the config of a run, which repeats it, has what is replaced in its samples."""
    words = [*inputs, *_words({group: config[group] for group in TYPED})]
    if any(told(word) != word for word in words):
        funnel.note(NOTE)


def _words(settings: Any) -> Iterator[str]:
    """Every string of the settings, keys too: a relationship is told of one."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from (str(key), *_words(value))
    elif isinstance(settings, list | tuple):
        for value in settings:
            yield from _words(value)
    elif isinstance(settings, str):
        yield settings

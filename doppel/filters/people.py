"""The consent list: whose words may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.filters.found import found_ids
from doppel.filters.mark import break_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from doppel.types import Message, People, Persona

    Find = Callable[[str], frozenset[str]]


class Consent:
    """Leaves out the words of people who did not agree, also where others forwarded them; conversations end there.

    So an answer to them is not glued to what stood before. Forwards whose author the export does not tell are left out
    too, as they may be theirs. What others say about them stays: names are the privacy stage's matter.
    """

    hides_examples = True
    why = "words of people who are not to be quoted (filters.people); conversations end there"

    def __init__(
        self, *, exclude: list[str | int], include_only: list[str | int], context_allowed: list[str | int]
    ) -> None:
        both = sorted({str(wanted) for wanted in exclude} & {str(wanted) for wanted in include_only})
        if both:
            raise ConfigError(f"filters.people: {', '.join(both)} cannot stand in both exclude and include_only")
        self.wanted = {"exclude": exclude, "include_only": include_only, "context_allowed": context_allowed}
        self.left_out: frozenset[str] = frozenset()
        self.names: frozenset[str] = frozenset()  # that forwards may be from, in small letters
        self.forbidden: frozenset[str] = frozenset()  # the names of those left out
        self.is_limited = bool(include_only)  # to the people named: nobody else is to be quoted
        self.is_idle = not (exclude or include_only)

    def meet(self, people: People, find: Find) -> None:
        """Finds everyone. Raises: DataError for a name that nobody has, or more than one."""
        excluded, included, allowed = (
            found_ids(f"filters.people.{key}", wanted, find) for key, wanted in self.wanted.items()
        )
        if included:
            excluded |= frozenset(people.by_id) - included
        self.left_out = excluded - allowed
        shown = {who: set(map(_folded, speaker.names)) for who, speaker in people.by_id.items()}
        forbidden = set[str]().union(*(names for who, names in shown.items() if who in self.left_out))
        known = set[str]().union(*(names for who, names in shown.items() if who not in self.left_out))
        self.names = frozenset(known - forbidden)
        self.forbidden = frozenset(forbidden)

    def meet_personas(self, personas: Sequence[Persona]) -> None:
        """Raises: ConfigError for one whose words may not be used."""
        for persona in personas:
            if persona.ids <= self.left_out:
                ids = ", ".join(sorted(persona.ids))
                way_out = (
                    f"add {min(persona.ids)} to filters.people.include_only"
                    if self.is_limited
                    else "take that name out of filters.people.exclude"
                )
                raise ConfigError(
                    f"filters.people leaves out every word of {persona.name} ({ids}), who is to be learnt: {way_out}, "
                    "or learn someone else with persona=ID"
                )

    def __call__(self, message: Message) -> Message:
        """The message, or the mark of a break where its words may not be used."""
        if message.sender_id in self.left_out or (message.is_forwarded and self._is_theirs(message)):
            return break_mark(message)
        return message

    def _is_theirs(self, forward: Message) -> bool:
        author = _folded(forward.forwarded_from or "")
        return author not in self.names if self.is_limited else not author or author in self.forbidden


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()

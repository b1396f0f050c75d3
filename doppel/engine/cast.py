"""Who a model can speak as, and who may speak with it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Known:
    """Someone whose messages the model has read."""

    speaker_id: str
    name: str
    message_count: int
    is_persona: bool = False  # whether the model was trained to be them


MOST_NAMES = 8  # told where a name is unknown
STRANGER = Known("stranger", "Stranger", 0)  # who talks to a model and has not said who they are


def stranger(name: str) -> Known:
    """Somebody of this name whom the model does not know: another one for each name."""
    return STRANGER if name == STRANGER.name else Known(f"{STRANGER.speaker_id}:{name}", name, 0)


class Cast:
    """The people of a run's data, the personas first. Raises: DataError where there is nobody."""

    def __init__(self, people: Iterable[Known]) -> None:
        self.people = tuple(people)
        if not self.people:
            raise DataError("the run's data name nobody to speak as: was it made by `doppel train`?")

    @property
    def persona(self) -> Known:
        """Who speaks where nobody else is asked for."""
        return self.people[0]

    def personas(self) -> str:
        """The names of all whom the model was trained to be."""
        return ", ".join(person.name for person in self.people if person.is_persona)

    def find(self, wanted: str) -> Known | None:
        """The person of this id or name, in any case; None if there is none. Raises: DataError for a shared name."""
        if by_id := next((person for person in self.people if person.speaker_id == wanted), None):
            return by_id
        named = [person for person in self.people if person.name == wanted]
        named = named or [person for person in self.people if person.name.casefold() == wanted.casefold()]
        if len(named) > 1:
            ids = ", ".join(person.speaker_id for person in named)
            raise DataError(f"{len(named)} people are called {wanted!r}: say which by id, one of {ids}")
        return named[0] if named else None

    def known(self, wanted: str) -> Known:
        """The person of this id or name, in any case. Raises: DataError, with names that look like it."""
        person = self.find(wanted)
        if person is None:
            known = ", ".join(person.name for person in self.people[:MOST_NAMES])
            others = f" and {len(self.people) - MOST_NAMES:,} others" if len(self.people) > MOST_NAMES else ""
            told = self.near(wanted) or f" It knows {known}{others}."
            raise DataError(f"The model knows nobody called {wanted!r}.{told}")
        return person

    def near(self, wanted: str) -> str:
        """A sentence with the names that look like this one, "" if none does."""
        names = {person.name.casefold(): person.name for person in reversed(self.people)}
        close = get_close_matches(wanted.casefold(), names, n=3, cutoff=0.6)
        begun = [name for name in names if wanted and name.startswith(wanted.casefold())]
        meant = list(dict.fromkeys(names[name] for name in [*close, *begun]))[:3]
        return f" Did you mean {' or '.join(meant)}?" if meant else ""

"""A conversation told from outside, line by line, as the turns that the model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.engine.cast import stranger
from doppel.engine.conversation import Said, said
from doppel.errors import DataError
from doppel.types import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from doppel.engine.cast import Cast, Known
    from doppel.engine.conversation import Asides


@dataclass(frozen=True, slots=True)
class Line:
    """Messages that one side sent."""

    is_own: bool  # sent by whom the model speaks as
    who: str | Known | None  # who else it was, by name or id or found already; None: the partner
    messages: tuple[str, ...]
    at: datetime | None = None  # when they were sent, aware; None: nobody tells, and they count as sent now


class History:
    """Who speaks with whom.

    Raises: DataError where the two are one.
    """

    def __init__(self, cast: Cast, speaker: Known, partner: Known, asides: Asides | None) -> None:
        self.cast = cast
        self.speaker = speaker
        self.partner = partner
        self.asides = asides
        self._require_other(partner)

    def __call__(self, lines: Iterable[Line], now: datetime) -> tuple[tuple[Turn, ...], Turn]:
        """The turns so far, and the one that is to be said, without words. Raises: DataError for a shared name."""
        before: tuple[Said, ...] = ()
        for line in lines:
            if line.messages:
                at = line.at or now
                turn = self._turn(self._person(line), before, at, line.messages)
                before = said(before, Said(turn, at, at))
        return tuple(one.turn for one in before), self._turn(self.speaker, before, now, ())

    def _person(self, line: Line) -> Known:
        if line.is_own:
            return self.speaker
        person = self.partner
        if isinstance(line.who, str):
            person = self.cast.find(line.who) or stranger(line.who)
        elif line.who is not None:
            person = line.who
        self._require_other(person)
        return person

    def _turn(self, person: Known, before: tuple[Said, ...], now: datetime, messages: tuple[str, ...]) -> Turn:
        aside = None
        if self.asides:
            present = {one.speaker_id: one.name for one in (self.partner, self.speaker, person)}
            aside = self.asides(before, person.speaker_id, now, present)
        return Turn(person.speaker_id, person.name, messages, person.is_persona, is_learnt=False, aside=aside)

    def _require_other(self, person: Known) -> None:
        if person.speaker_id == self.speaker.speaker_id:
            raise DataError(f"{person.name} is who answers, and cannot be whom they talk with")

"""A conversation that can be taken back: in memory only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from doppel.types import Turn


@dataclass(frozen=True, slots=True)
class Said:
    """A turn, and when its first and its last message were sent."""

    turn: Turn
    began_at: datetime  # aware
    ended_at: datetime


class Asides(Protocol):
    """What is known when a turn begins, told as in the training samples."""

    def __call__(
        self, before: tuple[Said, ...], speaker_id: str, now: datetime, present: Mapping[str, str]
    ) -> str | None:
        """The aside of a turn that begins now, None without one; `present`: id -> name of those who take part now."""
        ...


def said(before: tuple[Said, ...], new: Said) -> tuple[Said, ...]:
    """The turns and one more: who speaks twice in a row goes on with the same burst, as in the training samples."""
    if before and before[-1].turn.speaker_id == new.turn.speaker_id:
        last = before[-1]
        turn = replace(last.turn, messages=last.turn.messages + new.turn.messages)
        return (*before[:-1], Said(turn, last.began_at, new.ended_at))
    return (*before, new)


class Conversation:
    """What was said so far, and for every question what was said before it and with it."""

    def __init__(self) -> None:
        self.said: tuple[Said, ...] = ()
        self._questions: list[tuple[tuple[Said, ...], tuple[Said, ...]]] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns so far."""
        return tuple(one.turn for one in self.said)

    def ask(self, question: Said) -> None:
        """A burst that wants an answer."""
        before, self.said = self.said, said(self.said, question)
        self._questions.append((before, self.said))

    def answer(self, answer: Said) -> None:
        """A burst in answer."""
        self.said = said(self.said, answer)

    def undo(self) -> bool:
        """Takes the last question and its answer back; False where there is none."""
        if self._questions:
            self.said = self._questions.pop()[0]
            return True
        return False

    def retry(self) -> bool:
        """Takes the last answer back and leaves its question; False where there is none."""
        if self._questions:
            self.said = self._questions[-1][1]
            return True
        return False

    def clear(self) -> None:
        """Forgets everything."""
        self.said = ()
        self._questions = []

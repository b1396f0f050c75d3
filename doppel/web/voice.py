"""What the page needs of whoever speaks through it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from doppel.types import Timing, Turn

Kind = Literal["thumb", "edit"]  # of an opinion
Rating = Literal[-1, 1]


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who can answer, or talk with who answers."""

    id: str
    name: str
    label: str  # in a list


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody has said in a row."""

    who: str  # their id
    messages: tuple[str, ...]
    at: datetime  # aware


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply is made of: as the model is given it."""

    turns: tuple[Turn, ...]
    speaker: Turn  # without words


@dataclass(frozen=True, slots=True)
class Judged:
    """An opinion on a reply."""

    kind: Kind
    rating: Rating
    reply: tuple[str, ...]
    better: tuple[str, ...] | None  # what should have been said


class Voice(Protocol):
    """A run as somebody to talk with; people are told by their ids."""

    run_name: str
    speaker: str  # who answers at first
    partner: str  # who talks with them at first
    no_base: str  # why it cannot speak as the base model; "" where it can
    timing: Timing

    def people(self) -> Sequence[Somebody]:
        """Everybody, the personas first and the stranger last."""
        ...

    def asked(self, said: Sequence[Said], speaker: str, partner: str, now: datetime) -> Asked:
        """What a reply is to be made of. Raises: DoppelError where the two are one."""
        ...

    def seed(self) -> int:
        """What the next reply is drawn with, and the base model's beside it."""
        ...

    def reply(self, asked: Asked, seed: int, *, is_of_base: bool) -> AsyncGenerator[str, None]:
        """The messages, each when it is whole; closing it stops the model. Raises: DoppelError, and what models raise.

        Nothing at all where the model says nothing.
        """
        ...

    def judge(self, asked: Asked, judged: Judged, replaced: int | None) -> int:
        """Keeps an opinion, in the place of an earlier one where that is named; the number that names it."""
        ...

    def take_back(self, number: int) -> None:
        """Keeps an opinion no more."""
        ...

    def remembered(self, asked: Asked, partner: str) -> list[tuple[str, list[str]]]:
        """What went into a reply, as titles with lines: what was said, what is noted of the partner."""
        ...

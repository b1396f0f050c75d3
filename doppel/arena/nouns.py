"""What is shown and what is guessed: the nouns of an arena."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Side = Literal["left", "right"]
Choice = Literal["first", "second", "same"]
REAL = "real"  # the rival of a run that is the person themself


class Said(Struct, frozen=True):
    """One turn of a context."""

    speaker: str  # "contact 1" and so on for others, unless their names are wanted
    is_persona: bool
    messages: tuple[str, ...]


class Pair(Struct, frozen=True):
    """Two replies to one moment."""

    context: tuple[Said, ...]
    first: tuple[str, ...]  # the run's
    second: tuple[str, ...]  # its rival's


class About(Struct, frozen=True):
    """What is asked, and of whom."""

    persona: str
    run: str
    rival: str  # REAL, "base", "few_shot" or the name of another run
    part: str
    seed: int  # of the order in which each judge sees moments and replies
    identical: int  # moments left out, as both replies were the same

    @property
    def is_about_real(self) -> bool:
        """Whether one of the replies is what the person said."""
        return self.rival == REAL


@dataclass(frozen=True, slots=True)
class Guess:
    """What one judge chose in one moment."""

    place: int
    judge: str
    choice: Choice
    is_first_left: bool
    seconds: float

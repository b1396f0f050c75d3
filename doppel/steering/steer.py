"""What a rule says of one reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from doppel.types import Turn


@dataclass(frozen=True, slots=True)
class Steer:
    """How one reply is to be."""

    instruction: str | None = None  # a line of the system part; None: none
    generation: Mapping[str, Any] = field(default_factory=dict)  # key of conf/generation -> another value
    why: str = ""  # what it follows from, for whoever wants to see it


class Steering(Protocol):
    """A rule: conf/steering/NAME.yaml."""

    def __call__(self, turns: Sequence[Turn], speaker_id: str) -> Steer:
        """How the speaker is to answer these turns, the oldest first. Raises: ModelError."""
        ...

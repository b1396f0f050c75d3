"""What one side has said in a row, and what was thought of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from doppel.web.voice import Asked, Kind, Rating


@dataclass(slots=True)
class Part:
    """A burst of somebody who talks with the model."""

    who: str  # their id
    at: datetime  # aware
    messages: list[str]


@dataclass(slots=True)
class Reply(Part):
    """A burst of the model's, as far as it has been said; `messages` may be mended."""

    asked: Asked
    base: list[str] | None  # what the base model says instead; None: it is not asked
    original: tuple[str, ...] | None = None  # what was said; None: it is being said
    rating: Rating | None = None
    opinions: dict[Kind, int] = field(default_factory=dict)  # the numbers under which they are kept

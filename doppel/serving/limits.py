"""What a server asks of whoever comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import PositiveFloat, PositiveInt


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one server, for each request."""

    host: str  # at which the server listens
    key: str | None  # that a request must bring; None: none
    requests_per_minute: PositiveInt | None  # of one address
    max_body_kilobytes: PositiveInt
    max_body_seconds: PositiveFloat

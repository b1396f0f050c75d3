"""What was said long ago counts less."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Fraction, PositiveFloat

DAY = 24 * 60 * 60  # seconds


class HalfLife:
    """Halves the weight of a sample for every `half_life_days` that lie between its end and `reference`.

    The weight is 1 for what is not older, and never below `floor`. The reference is part of the config, not the
    clock's, so that a run can be repeated.
    """

    def __init__(self, *, half_life_days: PositiveFloat, reference: str, floor: Fraction) -> None:
        self.half_life_days = half_life_days
        self.floor = floor
        try:
            moment = datetime.fromisoformat(reference)
        except ValueError as error:
            raise ConfigError(
                f"samples.recency.reference={reference!r} is no date: accepted is one like 2024-12-31"
            ) from error
        self.reference = moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def weight(self, ended_at: datetime) -> float:
        """From `floor` to 1: what a sample of this moment counts."""
        age_days = max(0.0, (self.reference - ended_at).total_seconds() / DAY)
        return max(self.floor, 0.5 ** (age_days / self.half_life_days))

"""Keeps messages of a span of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Message, PositiveInt


class Dates:
    """Leaves out what was sent before the first day or after the last one, both in UTC and both kept."""

    def __init__(
        self, *, since: str | None, until: str | None, last_days: PositiveInt | None, relative_to: str | None
    ) -> None:
        first = _day(since, "since") or date.min
        last = _day(until, "until") or date.max
        today = _day(relative_to, "relative_to")
        if last_days is not None:
            if today is None:
                raise ConfigError(
                    f"filters.dates.last_days={last_days} needs the day it counts back from: type "
                    "filters.dates.relative_to=2024-12-31"
                )
            first = max(first, today - timedelta(days=min(last_days, today.toordinal() - 1)))
        if first > last:
            raise ConfigError(
                f"filters.dates keeps nothing: its first day, {first}, comes after its last, {last}; "
                "set filters.dates.since or filters.dates.until"
            )
        self.is_idle = (first, last) == (date.min, date.max)
        self.start = datetime.combine(first, time.min, UTC)
        self.end = datetime.combine(last, time.max, UTC)
        self.why = f"sent {_span(first, last)}"

    def __call__(self, message: Message) -> Message | None:
        """The message where it was sent in the span."""
        return message if self.start <= message.sent_at <= self.end else None


def _day(written: str | None, key: str) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ConfigError(
            f"filters.dates.{key}={written!r} is no day: accepted is YYYY-MM-DD, as in filters.dates.{key}=2024-12-31"
        ) from error


def _span(first: date, last: date) -> str:
    ends = [f"before {first}"] * (first > date.min) + [f"after {last}"] * (last < date.max)
    return " or ".join(ends)

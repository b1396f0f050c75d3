"""Local dates and times, as exports without a zone write them, on the line of UTC."""

from __future__ import annotations

import difflib
import zoneinfo
from datetime import UTC, datetime, timedelta

from doppel.errors import DataError

MAX_DAYS = 4096  # cached; a chat of eleven years
Day = tuple[int, int, int]  # year, month, day
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)


class LocalClock:
    """The clock of one zone. Of an hour that comes twice the first is meant; one that never was is read on.

    Raises: DataError for a zone that does not exist.
    """

    def __init__(self, timezone: str) -> None:
        try:
            self.zone = zoneinfo.ZoneInfo(timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            near = difflib.get_close_matches(timezone, sorted(zoneinfo.available_timezones()), n=3, cutoff=0.5)
            told = f" Did you mean {' or '.join(near)}?" if near else ""
            raise DataError(
                f"source.timezone={timezone!r} is no time zone.{told} Type a name of the IANA list, as in "
                f"source.timezone=Europe/Berlin or source.timezone=UTC."
            ) from error
        self.days: dict[Day, tuple[int, bool]] = {}

    def seconds(self, day: Day, second: int) -> float | None:
        """Seconds since 1970 (UTC) at the given second of a local day; None where there is no such day or second."""
        if not 0 <= second < 86_400:
            return None
        found = self.days.get(day)
        if found is None:
            found = self._add(day)
            if found is None:
                return None
        midnight, is_even = found
        return midnight + second if is_even else self._at(day, timedelta(seconds=second))

    def _add(self, day: Day) -> tuple[int, bool] | None:
        """When the day begins, and whether its clock is never put forward or back."""
        if not 1900 <= day[0] <= 2300:
            return None
        try:
            start, end = self._at(day, timedelta()), self._at(day, LAST_SECOND)
        except ValueError:
            return None
        if len(self.days) >= MAX_DAYS:
            self.days.clear()
        found = self.days[day] = (int(start), end - start == LAST_SECOND.total_seconds())
        return found

    def _at(self, day: Day, since: timedelta) -> float:
        return ((datetime(*day) + since).replace(tzinfo=self.zone) - EPOCH).total_seconds()

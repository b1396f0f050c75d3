"""Times as tables write them."""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_YEAR, LAST_YEAR = 1970, 2200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds stay below this until the year 5138, milliseconds have been above it since 1973; and so on by thousands.
SECONDS_BELOW = 1e11
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
FORMATS = ("auto", "iso", *UNITS)


class Clock:
    """From what stands in a cell to a time in UTC.

    `time_format`: "auto", "iso", a unit of Unix time ("seconds", ...), or a pattern of strptime ("%d.%m.%Y %H:%M");
    `timezone`: the IANA name of where times without a zone were told. Raises: DataError for what is none of these.
    """

    def __init__(self, time_format: str, timezone: str) -> None:
        self.zone = _zone(timezone)
        self.time_format = time_format
        self.parse: Callable[[Any], datetime | None]
        if time_format in FORMATS:
            self.parse = {"auto": self._any, "iso": self._iso}.get(time_format) or self._unit(UNITS[time_format])
        elif "%" in time_format:
            self.parse = lambda value: datetime.strptime(value, time_format)
        else:
            near = difflib.get_close_matches(time_format, FORMATS, n=1)
            told = f" Did you mean {near[0]}?" if near else ""
            raise DataError(
                f"source.time_format={time_format} is no format of time.{told} Accepted: {', '.join(FORMATS)}, or a "
                'pattern such as source.time_format="%d.%m.%Y %H:%M"'
            )

    def __call__(self, value: Any) -> datetime | None:
        """The time, None where there is none, or one outside the years of messengers."""
        try:
            value = _plain(value)
            moment = value if isinstance(value, datetime) else self.parse(value)
            if moment is None:
                return None
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return None
        return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None

    def _any(self, value: Any) -> datetime | None:
        if isinstance(value, str):
            if not _is_number(value):
                return self._iso(value)
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        divisor = 1
        while abs(value) / divisor >= SECONDS_BELOW:
            divisor *= 1_000
        return EPOCH + timedelta(microseconds=round(value * (1_000_000 / divisor)))

    def _iso(self, value: Any) -> datetime:
        return datetime.fromisoformat(value.strip())

    def _unit(self, divisor: int) -> Callable[[Any], datetime | None]:
        return lambda value: EPOCH + timedelta(microseconds=round(float(value) * (1_000_000 / divisor)))


def _plain(value: Any) -> Any:
    """What a typed column of Parquet holds, as the types that text and JSON have."""
    if isinstance(value, datetime):
        if type(value) is datetime:
            return value
        # pandas' Timestamp, which columns of nanoseconds give and which nothing else can store
        value = value.astimezone(UTC) if value.tzinfo else value
        return datetime.combine(value.date(), value.time(), value.tzinfo)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value) if isinstance(value, Decimal) else value


def _is_number(text: str) -> bool:
    bare = text.strip().lstrip("-").replace(".", "", 1)
    # Eight digits are 20240131, a day in ISO's short form, rather than a day of 1970.
    return bare.isdecimal() and len(bare) > 8


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(name, available_timezones(), n=3)
        told = f" Did you mean {' or '.join(near)}?" if near else ""
        raise DataError(
            f"source.timezone={name} is no time zone.{told} Accepted: IANA names, such as source.timezone=Europe/Moscow"
        ) from error

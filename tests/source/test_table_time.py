from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from doppel.errors import DataError
from doppel.source.table_time import Clock

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
SECONDS = 1_706_702_400


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        f"{SECONDS}.0",
        SECONDS * 1_000,
        str(SECONDS * 1_000),
        SECONDS * 1_000_000,
        SECONDS * 1_000_000_000,
        "2024-01-31T12:00:00Z",
        "2024-01-31 12:00:00",
        " 2024-01-31 14:00+02:00",
        "2024-01-31T12:00:00.000Z",
        NOON,
        datetime(2024, 1, 31, 12),
        datetime(2024, 1, 31, 14, tzinfo=timezone(timedelta(hours=2))),
        Decimal(SECONDS),
        Decimal(SECONDS * 1_000_000_000),
        pd.Timestamp("2024-01-31 12:00:00"),
        pd.Timestamp("2024-01-31 15:00:00", tz="Europe/Moscow"),
    ],
)
def test_auto_reads_what_tables_write(value: Any) -> None:
    read = Clock("auto", "UTC")(value)
    assert (read, type(read)) == (NOON, datetime)


@pytest.mark.parametrize("time_format", ["auto", "iso", "seconds", "%Y-%m-%d"])
@pytest.mark.parametrize("value", [date(2024, 1, 31), datetime(2024, 1, 31), pd.Timestamp("2024-01-31")])
def test_columns_of_dates(time_format: str, value: Any) -> None:
    assert Clock(time_format, "UTC")(value) == datetime(2024, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("value", [pd.NaT, Decimal("NaN"), Decimal("Infinity")])
def test_no_time_in_a_typed_column(value: Any) -> None:
    assert Clock("auto", "UTC")(value) is None


@pytest.mark.parametrize(
    ("time_format", "value"),
    [
        ("seconds", SECONDS),
        ("seconds", str(SECONDS)),
        ("milliseconds", SECONDS * 1_000),
        ("microseconds", SECONDS * 1_000_000),
        ("nanoseconds", SECONDS * 1_000_000_000),
        ("iso", "2024-01-31T12:00"),
        ("%d.%m.%Y, %H:%M", "31.01.2024, 12:00"),
    ],
)
def test_named_formats(time_format: str, value: Any) -> None:
    assert Clock(time_format, "UTC")(value) == NOON


def test_a_day_in_short_form_is_no_number_of_seconds() -> None:
    assert Clock("auto", "UTC")("20240131") == datetime(2024, 1, 31, tzinfo=UTC)


def test_times_without_a_zone_are_local() -> None:
    clock = Clock("auto", "Europe/Moscow")
    assert clock("2024-01-31 15:00:00") == NOON
    assert clock("2024-01-31 15:00:00Z") == NOON + timedelta(hours=3)


def test_hours_that_come_twice_or_never_do_not_crash() -> None:
    clock = Clock("auto", "Europe/Berlin")
    assert clock("2024-10-27 02:30") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert clock("2024-03-31 02:30") == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "31/01/2024", True, [], {}, "1969-12-31", "2201-06-01", "0001-01-01", float("nan"), -5],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert Clock("auto", "Europe/Moscow")(value) is None


@pytest.mark.parametrize("value", [float("inf"), 10**400, "9" * 400, "soon", None])
def test_numbers_out_of_every_range_are_none(value: Any) -> None:
    assert Clock("seconds", "UTC")(value) is None
    assert Clock("auto", "UTC")(value) is None


@pytest.mark.parametrize(
    ("time_format", "zone", "fault"),
    [
        ("second", "UTC", r"source\.time_format=second is no format of time\. Did you mean seconds\?"),
        ("auto", "Europe/Moskow", r"source\.timezone=Europe/Moskow is no time zone\. Did you mean Europe/Moscow"),
        ("auto", "../etc/passwd", "is no time zone"),
        ("auto", "", "is no time zone"),
    ],
)
def test_unknown_settings_are_refused(time_format: str, zone: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        Clock(time_format, zone)

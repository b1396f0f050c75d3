"""Spans of time, by whole days of UTC."""

from datetime import UTC, datetime

import pytest

from doppel.errors import ConfigError
from doppel.filters.dates import Dates
from doppel.types import Message
from tests.filters.asking import rule, said


def at(*moment: int) -> Message:
    return said("hi", sent_at=datetime(*moment, tzinfo=UTC))  # pyright: ignore


LAST_OF_2023, FIRST_OF_2024 = at(2023, 12, 31, 23, 59, 59), at(2024, 1, 1)


def kept(dates: Dates, *messages: Message) -> list[bool]:
    return [dates(message) is message for message in messages]


def test_both_days_are_kept_whole() -> None:
    dates = rule("dates", "since=2024-01-01", "until=2024-01-31")
    last, after = at(2024, 1, 31, 23, 59, 59), at(2024, 2, 1)
    assert kept(dates, LAST_OF_2023, FIRST_OF_2024, last, after) == [False, True, True, False]
    assert dates.why == "sent before 2024-01-01 or after 2024-01-31"


def test_days_count_back_from_a_day_that_is_written_down() -> None:
    dates = rule("dates", "last_days=30", "relative_to=2024-01-31")
    assert kept(dates, LAST_OF_2023, FIRST_OF_2024, at(2024, 5, 1)) == [False, True, True]
    assert dates.why == "sent before 2024-01-01"


def test_the_later_of_two_first_days_counts() -> None:
    dates = rule("dates", "since=2024-01-01", "last_days=1000", "relative_to=2024-01-31")
    assert kept(dates, LAST_OF_2023, FIRST_OF_2024) == [False, True]


def test_without_limits_it_asks_for_nothing() -> None:
    assert rule("dates").is_idle
    assert not rule("dates", "until=2024-01-01").is_idle


def test_more_days_than_there_ever_were() -> None:
    dates = rule("dates", "last_days=100000000000", "relative_to=2024-01-31")
    assert kept(dates, at(1, 1, 1)) == [True]


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["since=31.01.2024"], "filters.dates.since='31.01.2024' is no day: accepted is YYYY-MM-DD"),
        (["until=2024-02-30"], "filters.dates.until='2024-02-30' is no day"),
        (["last_days=5"], "filters.dates.last_days=5 needs the day it counts back from: type "
                          "filters.dates.relative_to=2024-12-31"),
        (["since=2024-02-01", "until=2024-01-01"], "its first day, 2024-02-01, comes after its last, 2024-01-01"),
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused(overrides: list[str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rule("dates", *overrides)
    assert told in str(caught.value)

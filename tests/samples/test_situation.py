"""What is told of a turn, in training and live."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from doppel.config.build import build
from doppel.config.compose import compose
from doppel.errors import ConfigError, DataError
from doppel.samples.situation import Situation
from tests.samples.scripted import cast

TUESDAY = datetime(2024, 1, 16, 19, 30, tzinfo=UTC)


@cache
def shipped(option: str) -> dict[str, Any]:
    config, faults = compose("train", [f"samples/situation={option}"])
    assert faults == []
    return config["samples"]["situation"]


def situation(option: str = "told", **changed: Any) -> Situation:
    """As shipped, but for what is changed."""
    return build(shipped(option) | changed)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, None),
        ({"is_opening": True}, "Tuesday evening"),
        ({"is_opening": True, "previous_at": TUESDAY - timedelta(days=3, hours=5)}, "Tuesday evening; 3 d later"),
        ({"previous_at": TUESDAY - timedelta(minutes=59)}, None),
        ({"previous_at": TUESDAY - timedelta(minutes=119)}, "Tuesday evening; 1 h later"),
        ({"previous_at": TUESDAY + timedelta(days=3), "is_opening": True}, "Tuesday evening"),
        ({"partner": ("user2", "Ann")}, "with Ann, my sister"),
        ({"partner": ("user3", "Bob")}, "with Bob"),
        ({"quote": ("Ann", "a\nb  c")}, "to Ann: a b c"),
        ({"quote": ("Ann", "word " * 30)}, "to Ann: " + "word " * 15 + "word\u2026"),
        ({"quote": ("{text}", "{name} {0.__class__}")}, "to {text}: {name} {0.__class__}"),
        ({"label": "joy"}, None),
        (
            {"is_opening": True, "partner": ("user2", "Ann"), "quote": ("Me", "no")},
            "Tuesday evening; with Ann, my sister; to Me: no",
        ),
    ],
)
def test_what_is_told(known: dict[str, Any], told: str | None) -> None:
    assert situation(relationships={"ann": "my sister"}).aside(TUESDAY, **known) == told


def test_each_part_can_be_switched() -> None:
    off: dict[str, Any] = {"partner": False, "clock": False, "min_silence_minutes": None, "max_quote_chars": None}
    known = {"is_opening": True, "previous_at": TUESDAY - timedelta(days=9), "partner": ("u", "U"), "quote": ("U", "x")}
    assert situation(**off).aside(TUESDAY, **known, label="joy") is None
    assert situation(**off, label=True).aside(TUESDAY, **known, label="joy") == "joy"
    assert situation(**off | {"min_silence_minutes": 0}).aside(TUESDAY, **known) == "9 d later"


def test_the_clock_is_that_of_the_zone_and_russian_is_another_option() -> None:
    assert situation(timezone="Asia/Tokyo").aside(TUESDAY, is_opening=True) == "Wednesday night"
    told = situation("told_ru").aside(TUESDAY, is_opening=True, partner=("u", "Аня"))
    assert told == "вторник, вечер; собеседник: Аня"


def test_relationships_are_found_in_the_cast_and_live_by_id_or_name() -> None:
    known = situation(relationships={"A": "my boss", "user-b": "my cat"})
    live = [known.aside(TUESDAY, partner=who) for who in (("x", "a"), ("user-b", "Whoever"), ("x", "C"))]
    assert live == ["with a, my boss", "with Whoever, my cat", "with C"]
    known.meet(cast())
    assert known.aside(TUESDAY, partner=("user-a", "A (2)")) == "with A (2), my boss"
    with pytest.raises(DataError, match=r"samples.situation.relationships: 'Zoe' is nobody in the export"):
        situation(relationships={"Zoe": "my boss"}).meet(cast())


@pytest.mark.parametrize("timezone", ["Mars/Base", "../etc", "", "/etc/passwd"])
def test_a_zone_that_there_is_not_is_refused(timezone: str) -> None:
    with pytest.raises(ConfigError, match=f"samples.situation.timezone='{timezone}' is no time zone"):
        situation(timezone=timezone)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"weekdays": ["a"]}, "samples.situation.words.weekdays must be a list of 7 words"),
        ({"person": None}, "samples.situation.words.person must be a line of text"),
        ({"persons": "x"}, "samples.situation.words.persons is unknown; accepted: weekdays, parts_of_day"),
    ],
)
def test_words_that_cannot_be_used_are_refused(changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        situation(words=shipped("told")["words"] | changed)


def test_relationships_can_be_typed() -> None:
    words = ["samples/situation=told", "samples.situation.relationships={Ann: my sister, user7: my boss}"]
    config, faults = compose("train", words)
    assert faults == []
    assert build(config["samples"]["situation"]).relationships == {"Ann": "my sister", "user7": "my boss"}

"""Weights by age."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doppel.errors import ConfigError
from doppel.samples.recency import HalfLife
from tests.samples.scripted import T0, made, session
from tests.samples.test_dialogue import dialogues


@pytest.mark.parametrize(
    ("age_days", "weight"), [(0, 1.0), (10, 0.5), (20, 0.25), (5, 0.5**0.5), (-7, 1.0), (34, 0.1), (700_000, 0.1)]
)
def test_it_halves_down_to_the_floor(age_days: float, weight: float) -> None:
    half_life = HalfLife(half_life_days=10, reference="2024-06-01", floor=0.1)
    assert half_life.weight(datetime(2024, 6, 1, tzinfo=UTC) - timedelta(days=age_days)) == pytest.approx(weight)


def test_a_reference_may_have_a_time_and_a_zone() -> None:
    half_life = HalfLife(half_life_days=1, reference="2024-06-02T03:00:00+03:00", floor=0)
    assert half_life.weight(datetime(2024, 6, 1, tzinfo=UTC)) == 0.5


def test_a_sample_is_as_old_as_its_end() -> None:
    reference = (T0 + timedelta(minutes=2, days=1)).isoformat()
    stage: Any = dialogues(recency=HalfLife(half_life_days=1, reference=reference, floor=0))
    samples, _ = made(stage, session("ama"))
    assert [sample.weight for sample in samples] == [0.5]


def test_made_up_times_have_no_age() -> None:
    stage: Any = dialogues(recency=HalfLife(half_life_days=1, reference="2024-12-31", floor=0))
    samples, funnel = made(stage, session("am", is_timed=False))
    assert [sample.weight for sample in samples] == [1.0]
    assert funnel.notes == [
        "samples: 1 samples have no times, as the source tells none: samples.recency lets them count whole."
    ]


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"samples.recency.reference='soon' is no date: accepted is one like 2024"):
        HalfLife(half_life_days=1, reference="soon", floor=0)

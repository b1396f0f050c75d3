import random

import pytest

from doppel.evaluation.comparison import Contender, ranked


def contender(
    name: str, value: float, *, more: float = 0.0, is_scored: bool = True, half: float | None = 0.1
) -> Contender:
    """Replies of one and the same person: hard ones are hard for every model, which `more` adds to."""
    draw = random.Random(0)
    scores = [(10 * (draw.uniform(1, 5) + more + draw.gauss(0, 0.02)), 10) for _ in range(200)]
    ends = {"low": None, "high": None} if half is None else {"low": value - half, "high": value + half}
    return Contender(
        name, {"nats_per_token": {"value": value, **ends}}, {"nats_per_token": scores} if is_scored else {}
    )


def test_replies_are_compared_in_pairs_so_that_a_small_lead_counts() -> None:
    best, second = ranked([contender("b", 3.05, more=0.05), contender("a", 3.0)], "nats_per_token", "lower", 0)
    assert (best.contender.name, best.behind) == ("a", None)
    assert second.behind is not None
    assert second.behind.value == pytest.approx(0.05)
    assert second.is_noise is False


def test_only_replies_that_both_could_read_are_compared() -> None:
    best, other = contender("a", 3.0), contender("b", 3.05, more=0.05)
    best.scores["nats_per_token"][0] = other.scores["nats_per_token"][1] = None  # type: ignore[index]
    behind = ranked([best, other], "nats_per_token", "lower", 0)[1].behind
    assert behind is not None
    assert behind.value == pytest.approx(0.05)


def test_without_the_replies_intervals_that_overlap_are_noise() -> None:
    given = [
        contender("a", 3.0, is_scored=False),
        contender("b", 3.05, is_scored=False),
        contender("c", 3.5, is_scored=False),
    ]
    _, near, far = ranked(given, "nats_per_token", "lower", 0)
    assert (near.contender.name, near.is_noise) == ("b", True)
    assert (far.contender.name, far.is_noise) == ("c", False)
    assert far.behind is not None
    assert (far.behind.low, far.behind.high) == pytest.approx((0.5 - 0.02**0.5, 0.5 + 0.02**0.5))


def test_higher_is_better_where_it_is() -> None:
    given = [contender("a", 0.2, is_scored=False), contender("b", 0.9, is_scored=False)]
    assert [one.contender.name for one in ranked(given, "nats_per_token", "higher", 0)] == ["b", "a"]


def test_without_any_interval_nothing_is_said_of_noise() -> None:
    given = [contender("a", 1.0, is_scored=False, half=None), contender("b", 2.0, is_scored=False, half=None)]
    assert ranked(given, "nats_per_token", "lower", 0)[1].is_noise is None


def test_who_has_no_such_measure_is_not_ranked() -> None:
    assert len(ranked([contender("a", 1.0), Contender("b", {}, {})], "nats_per_token", "lower", 0)) == 1


def test_shares_are_compared_moment_by_moment_where_more_is_better() -> None:
    draw = random.Random(0)
    shares = [(draw.choice([0.2, 0.8]), 1) for _ in range(200)]
    wide = {"low": 0.3, "high": 0.7}
    worse = Contender("worse", {"beaten": {"value": 0.5, **wide}}, {"beaten": shares})
    better = Contender(
        "better", {"beaten": {"value": 0.55, **wide}}, {"beaten": [(one + 0.05, 1) for one, _ in shares]}
    )
    best, second = ranked([worse, better], "beaten", "higher", 0)
    assert best.contender is better
    assert second.behind is not None
    assert second.behind.value == pytest.approx(0.05)
    assert second.is_noise is False


def test_replies_of_which_none_fits_into_both_are_not_paired() -> None:
    wide = {"low": 0.3, "high": 0.7}
    first = Contender("first", {"beaten": {"value": 0.5, **wide}}, {"beaten": [None, (0.5, 1)]})
    second = Contender("second", {"beaten": {"value": 0.4, **wide}}, {"beaten": [(0.4, 1), None]})
    behind = ranked([first, second], "beaten", "higher", 0)[1].behind
    assert behind is not None
    assert behind.value == pytest.approx(0.1)

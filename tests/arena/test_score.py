import pytest
from scipy.stats import norm

from doppel.arena.nouns import Choice, Guess
from doppel.arena.score import share, summary, verdict


def guesses(choices: list[Choice], judge: str = "Ann", seconds: float = 2.0) -> list[Guess]:
    return [Guess(place, judge, choice, place % 2 == 0, seconds) for place, choice in enumerate(choices)]


def wilson(won: int, number: int) -> tuple[float, float]:
    """Written out, as Wilson (1927) has it."""
    z, p = norm.ppf(0.975), won / number
    middle, scale = p + z * z / (2 * number), 1 + z * z / number
    half = z * (p * (1 - p) / number + z * z / (4 * number * number)) ** 0.5
    return (middle - half) / scale, (middle + half) / scale


@pytest.mark.parametrize(("won", "number"), [(0, 10), (10, 10), (5, 10), (9, 30)])
def test_one_judge_gets_wilson_s_interval(won: int, number: int) -> None:
    found = share(guesses(["first"] * won + ["second"] * (number - won)), 0)
    assert found["value"] == won / number
    assert (found["low"], found["high"]) == pytest.approx(wilson(won, number))


def test_no_difference_counts_by_half_and_widens_the_interval() -> None:
    found = share(guesses(["first", "same", "second", "same", "same"]), 0)
    assert found["value"] == 0.5
    assert (found["low"], found["high"]) == pytest.approx((wilson(2, 5)[0], wilson(3, 5)[1]))


def test_judges_who_agree_about_the_same_moments_are_no_more_evidence() -> None:
    """Ten judges, each with the same verdict on each of ten moments: hardly more is known than from one of them."""
    one = guesses(["first"] * 5 + ["second"] * 5)
    ten = [Guess(each.place, f"judge {number}", each.choice, True, 1.0) for number in range(10) for each in one]
    alone, together = share(one, 0), share(ten, 0)
    assert together["high"] - together["low"] > 0.55
    assert together["value"] == alone["value"]
    assert wilson(50, 100)[1] - wilson(50, 100)[0] < 0.2


def test_a_summary_of_known_guesses() -> None:
    made = [
        Guess(0, "Ann", "first", True, 1.0),
        Guess(1, "Ann", "first", False, 2.0),
        Guess(2, "Ann", "second", False, 9.0),
        Guess(3, "Ann", "same", True, 3.0),
    ]
    found = summary(made, 0)
    assert (found["guesses"], found["same"], found["median_seconds"]) == (4, 1, 2.5)
    assert found["chose_left"] == pytest.approx(2 / 3)  # the first and the third
    assert found["share"]["value"] == 0.625
    assert summary([made[3]], 0)["chose_left"] is None


@pytest.mark.parametrize(
    ("low", "high", "of_real", "of_runs"),
    [
        (0.3, 0.6, "do not tell the replies from", "do not say which is more like the person, one or two"),
        (0.1, 0.4, "more often than by chance", "two is more like the person than one"),
        (0.6, 0.9, "for real more often than the person's own", "one is more like the person than two"),
    ],
)
def test_a_verdict_follows_the_interval(low: float, high: float, of_real: str, of_runs: str) -> None:
    found = {"value": 0.5, "low": low, "high": high}
    assert of_real in verdict(found, is_about_real=True, run="one", rival="real")
    assert of_runs in verdict(found, is_about_real=False, run="one", rival="two")

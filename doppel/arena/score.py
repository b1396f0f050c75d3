"""What follows from guesses: shares with 95 % intervals, by judge, and how long people thought."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.arena.nouns import Guess

WORTH = {"first": 1.0, "same": 0.5, "second": 0.0}  # a choice, for the run
LEVELS = (2.5, 97.5)  # percentiles of a 95 % interval
DRAWS = 2000
CHANCE = 0.5


def share(guesses: Sequence[Guess], seed: int) -> dict[str, float]:
    """How often the run's reply was taken, with its interval; "no difference" counts by half.

    Wilson (1927), as one of two answers is given; rounded outwards where there are halves. Where several judges have
    seen the same moments their guesses are not independent: then the wider of that and of a bootstrap over the moments.
    """
    won, number = sum(WORTH[one.choice] for one in guesses), len(guesses)
    low, high = _wilson(math.floor(won), number)[0], _wilson(math.ceil(won), number)[1]
    of_moment: defaultdict[int, list[float]] = defaultdict(list)
    for one in guesses:
        of_moment[one.place].append(WORTH[one.choice])
    if len(of_moment) < number:
        lowest, highest = _over_moments(list(of_moment.values()), seed)
        low, high = min(low, lowest), max(high, highest)
    return {"value": won / number, "low": low, "high": high}


def _wilson(won: int, number: int) -> tuple[float, float]:
    from scipy.stats import binomtest  # a second to import: a page that shows no result does without

    interval = binomtest(won, number).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _over_moments(worths: Sequence[Sequence[float]], seed: int) -> tuple[float, float]:
    sums, counts = np.array([sum(of) for of in worths]), np.array([len(of) for of in worths])
    chosen = np.random.default_rng(seed).integers(0, len(worths), (DRAWS, len(worths)))
    low, high = np.percentile(sums[chosen].sum(1) / counts[chosen].sum(1), LEVELS)
    return float(low), float(high)


def summary(guesses: Sequence[Guess], seed: int) -> dict[str, Any]:
    """The share, and what else can be counted, of at least one guess."""
    return {
        "guesses": len(guesses),
        "share": share(guesses, seed),
        "same": sum(one.choice == "same" for one in guesses),
        "chose_left": _chose_left(guesses),
        "median_seconds": round(statistics.median(one.seconds for one in guesses), 1),
    }


def _chose_left(guesses: Sequence[Guess]) -> float | None:
    """The share of the left reply among the chosen ones: far from a half, somebody did not read."""
    left = [(one.choice == "first") == one.is_first_left for one in guesses if one.choice != "same"]
    return sum(left) / len(left) if left else None


def verdict(found: dict[str, float], *, is_about_real: bool, run: str, rival: str) -> str:
    """What the interval says, in words."""
    if found["low"] <= CHANCE <= found["high"]:
        return (
            "these guesses do not tell the replies from the person's own; more of them make the interval narrower"
            if is_about_real
            else f"these guesses do not say which is more like the person, {run} or {rival}"
        )
    if is_about_real:
        is_fooled = found["low"] > CHANCE
        return (
            "the model's replies are taken for real more often than the person's own"
            if is_fooled
            else "people tell the model's replies from the person's own more often than by chance"
        )
    better = run if found["low"] > CHANCE else rival
    return f"{better} is more like the person than {rival if better == run else run}"

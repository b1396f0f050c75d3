"""Intervals by resampling (Efron & Tibshirani 1993, chapters 10 and 13), always by the same draws for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from doppel.evaluation.nouns import Number

LEVELS = (2.5, 97.5)  # percentiles of a 95 % interval
DRAWS = 500


def draws(size: int, seed: int, number: int = DRAWS) -> np.ndarray[Any, Any]:
    """(number, size) positions, drawn with replacement."""
    return np.random.default_rng(seed).integers(0, size, (number, size))


def ratio(numerators: Sequence[float], denominators: Sequence[float], seed: int) -> Number:
    """The sum over the sum; what is resampled are the pairs."""
    above, below = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    chosen = draws(len(above), seed)
    low, high = np.percentile(above[chosen].sum(1) / below[chosen].sum(1), LEVELS)
    return Number(float(above.sum() / below.sum()), float(low), float(high))


def mean(values: Sequence[float], seed: int) -> Number:
    """The mean of at least one value."""
    return ratio(values, [1.0] * len(values), seed)


def auc(higher: Sequence[float], lower: Sequence[float], seed: int) -> Number:
    """The chance that one of the first is above one of the second, ties by half; both are resampled."""
    first, second = np.asarray(higher, dtype=float), np.asarray(lower, dtype=float)
    pairs = zip(draws(len(first), seed), draws(len(second), seed + 1), strict=True)
    low, high = np.percentile([_auc(first[one], second[other]) for one, other in pairs], LEVELS)
    return Number(_auc(first, second), float(low), float(high))


def _auc(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> float:
    """The area under the ROC curve by the ranks of the first (Mann & Whitney 1947)."""
    ranks = rankdata(np.concatenate([first, second]))[: len(first)]
    return float((ranks.sum() - len(first) * (len(first) + 1) / 2) / (len(first) * len(second)))


def centred(value: float, resampled: Sequence[float]) -> Number:
    """A value that is never below 0, with the spread of resampled ones around it.

    A distance between two samples grows when they are resampled, as drawing twice the same makes them more alike
    within and less between: so the draws are moved to the value first (the bootstrap's own estimate of that bias).
    """
    moved = np.asarray(resampled) - np.mean(resampled) + value
    low, high = np.percentile(moved, LEVELS)
    return Number(value, max(0.0, float(low)), max(0.0, float(high)))


def evenly(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many, evenly over all."""
    number = min(len(items), most)
    return [items[place * len(items) // number] for place in range(number)]


def some(items: Sequence[Any], most: int, seed: int) -> list[Any]:
    """At most so many by chance, in their order."""
    if len(items) <= most:
        return list(items)
    chosen = np.random.default_rng(seed).choice(len(items), most, replace=False)
    return [items[place] for place in sorted(chosen)]

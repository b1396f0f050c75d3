"""Counts of replies as matrices, and how far two sets of replies lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from doppel.evaluation.features import Counts, Feature, Kind
from doppel.evaluation.nouns import Burst
from doppel.evaluation.words import Lexicon

Matrix = np.ndarray[Any, Any]
MOST_ENTRIES = 1500  # of a profile; rarer ones are counted as one


def counted(feature: Feature, sets: Sequence[Sequence[Burst]], lexicon: Lexicon) -> tuple[list[Matrix], Matrix]:
    """For each set (replies, entries) the counts over the same entries; and (entries,) where each lies on a scale."""
    counts = [[feature.count(burst, lexicon) for burst in bursts] for bursts in sets]
    if feature.kind == "sameness":  # replies said once need no column each
        total = Counter(key for of_set in counts for of_burst in of_set for key in of_burst)
        entries = [key for key, number in total.items() if number > 1]
    else:
        total = Counter[Any]()
        for of_burst in (one for of_set in counts for one in of_set):
            total.update(of_burst)
        entries = [key for key, _ in total.most_common(MOST_ENTRIES)]
    place = {key: at for at, key in enumerate(entries)}
    matrices = [_matrix(of_set, place) for of_set in counts]
    scale = np.array([float(key) if feature.kind == "scale" else 0.0 for key in [*entries, 0]])  # type: ignore[arg-type]
    return matrices, scale


def _matrix(counts: Sequence[Counts], place: dict[Any, int]) -> Matrix:
    matrix = np.zeros((len(counts), len(place) + 1), dtype=np.float32)
    for row, of_burst in zip(matrix, counts, strict=True):
        for key, number in of_burst.items():
            row[place.get(key, -1)] += number
    return matrix


def distance(kind: Kind, one: Matrix, other: Matrix, scale: Matrix) -> float:
    """How far two (entries,) sums of counts lie apart; 1 where one of them is empty, 0 where both are."""
    if not (one.sum() and other.sum()):
        return 0.0 if one.sum() == other.sum() else 1.0
    if kind == "scale":
        return float(wasserstein_distance(scale, scale, one, other))
    if kind == "sameness":
        return abs(_sameness(one) - _sameness(other))
    one, other = one / one.sum(), other / other.sum()
    if kind == "shares":
        return float(abs(one - other).sum() / 2)
    return float(np.nan_to_num(jensenshannon(one, other, base=2)))


def _sameness(counts: Matrix) -> float:
    """The chance that two different replies are the same; the last entry holds those that were said once."""
    number, said = counts.sum(), counts[:-1]
    return float((said * (said - 1)).sum() / max(1.0, number * (number - 1)))

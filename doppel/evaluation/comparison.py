"""Which of several systems is best, and whether by more than noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doppel.evaluation.nouns import Number
from doppel.evaluation.statistics import ratio

Scores = Sequence[Sequence[float] | None]  # numerator and denominator of each reply; None: too long for the model


@dataclass(frozen=True, slots=True)
class Contender:
    """What one system got."""

    name: str
    values: Mapping[str, Mapping[str, Any]]  # measure -> value, low, high
    scores: Mapping[str, Scores]  # measure -> of the held-out replies, in their order, where these are known
    costs: Mapping[str, float | None] = field(default_factory=dict)  # of the training: minutes, peak_mib, ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A contender in the order of a metric."""

    contender: Contender
    behind: Number | None  # what it is worse than the best by; None for the best itself
    is_noise: bool | None  # whether 0 is in that interval; None where no interval is known


def ranked(contenders: Sequence[Contender], metric: str, better: str, seed: int) -> list[Standing]:
    """The contenders that have the metric, best first, each against the best.

    Losses and ranks are compared reply by reply (the paired bootstrap of Koehn 2004); of other metrics the two
    intervals are taken as independent, which is the careful side: the same replies were answered.
    """
    sign = 1.0 if better == "lower" else -1.0
    having = sorted((one for one in contenders if metric in one.values), key=lambda one: sign * value(one, metric))
    return [_against(having[0], one, metric, sign, seed) for one in having]


def value(contender: Contender, metric: str) -> float:
    """The measured value."""
    return float(contender.values[metric]["value"])


def _against(best: Contender, one: Contender, metric: str, sign: float, seed: int) -> Standing:
    if one is best:
        return Standing(one, None, None)
    its, mine = best.scores.get(metric, []), one.scores.get(metric, [])
    pairs = [(a, b) for a, b in zip(mine, its, strict=True) if a and b] if len(its) == len(mine) else []
    behind = _paired(pairs, sign, seed) if pairs else _unpaired(best.values[metric], one.values[metric], sign)
    return Standing(one, behind, None if behind.low is None else behind.low <= 0)


def _paired(pairs: Sequence[tuple[Sequence[float], Sequence[float]]], sign: float, seed: int) -> Number:
    return ratio([sign * (mine[0] - its[0]) for mine, its in pairs], [mine[1] for mine, _ in pairs], seed)


def _unpaired(best: Mapping[str, Any], one: Mapping[str, Any], sign: float) -> Number:
    behind = sign * (one["value"] - best["value"])
    if None in (best["low"], one["low"]):
        return Number(behind)
    half = ((_half(best)) ** 2 + (_half(one)) ** 2) ** 0.5
    return Number(behind, behind - half, behind + half)


def _half(number: Mapping[str, Any]) -> float:
    return (number["high"] - number["low"]) / 2

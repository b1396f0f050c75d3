"""The silence that tells two conversations of a chat from one, read off the chat's own silences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 100
FEWEST = 5  # silences in a cluster: fewer are chance
APART = 2.0  # Ashman's D, from which on two clusters are told apart: K. Ashman et al., Astronomical Journal 108, 1994
NARROWEST = 0.2  # of a cluster, in natural logarithms of seconds: a pile of equal silences would get a width of none


def valley(silences: Sequence[float]) -> float | None:
    """The silence in seconds that is as likely within a conversation as between two; None where there is none.

    The logarithms of the times between messages form two clusters, short ones inside a conversation and long ones
    between conversations. A mixture of two normal distributions is fitted to them by expectation maximisation, and the
    valley is where the two are equally likely: A. Halfaker et al., "User Session Identification Based on Strong
    Regularities in Inter-activity Time", WWW 2015, doi 10.1145/2736277.2741117.
    """
    logs = np.log(np.maximum(np.asarray(silences, dtype=float), 1.0))
    if len(logs) < 2 or logs.min() == logs.max():
        return None
    fitted = _fit(logs)
    return None if fitted is None else _crossing(*fitted)


def _fit(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Share, mean and width of the two clusters, the one of short silences first."""
    means = np.quantile(logs, [0.25, 0.98])
    widths, shares = np.full(2, max(logs.std(), NARROWEST)), np.array([0.9, 0.1])
    total = len(logs)
    logs, alike = np.unique(np.round(logs, 1), return_counts=True)  # some 150 kinds, however many there are
    for _ in range(ROUNDS):
        belongs = _densities(logs[:, None], shares, means, widths)
        belongs *= (alike / belongs.sum(axis=1))[:, None]
        sizes = belongs.sum(axis=0)
        if sizes.min() < FEWEST:
            return None
        before, means = means, (belongs * logs[:, None]).sum(axis=0) / sizes
        widths = np.sqrt((belongs * (logs[:, None] - means) ** 2).sum(axis=0) / sizes).clip(NARROWEST)
        shares = sizes / total
        if np.abs(means - before).max() < 1e-3:
            break
    if abs(means[1] - means[0]) < APART * np.sqrt((widths**2).mean()):
        return None
    order = np.argsort(means)
    return shares[order], means[order], widths[order]


def _crossing(shares: np.ndarray, means: np.ndarray, widths: np.ndarray) -> float | None:
    """Where the long silences become the likelier ones, between the two means."""
    between = np.linspace(means[0], means[1], 1000)
    short, long = _densities(between[:, None], shares, means, widths).T
    likelier = np.flatnonzero(long > short)
    return float(np.exp(between[likelier[0]])) if len(likelier) and likelier[0] else None


def _densities(logs: np.ndarray, shares: np.ndarray, means: np.ndarray, widths: np.ndarray) -> np.ndarray:
    return shares / widths * np.exp(-0.5 * ((logs - means) / widths) ** 2) + 1e-300

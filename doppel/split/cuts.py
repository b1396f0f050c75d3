"""The moments at which time is cut, and what they leave on which side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from doppel.split.facts import Flags, Ints

NEVER = 2**61  # microseconds: beyond all years, and far enough from the end of int64 for sums of two


class Timeline:
    """When sessions begin, and how much is learnt in those that begin then or later."""

    def __init__(self, starts: Ints, learnt: Ints) -> None:
        moments, at = np.unique(starts, return_inverse=True)
        per_moment = np.zeros(len(moments), dtype=np.int64)
        np.add.at(per_moment, at, learnt)
        self.moments: Ints = moments[::-1]  # latest first
        self.later: Ints = np.cumsum(per_moment[::-1])  # learnt turns
        self.total = int(learnt.sum())

    def cut(self, fraction: float, *, before: int | None = None) -> int | None:
        """The moment after which about this fraction lies; never the first of all, which would leave nothing."""
        stop = max(0, len(self.moments) - 1)
        start = 0 if before is None else int(np.searchsorted(-self.moments, -before, side="right"))
        if start >= stop:
            return None
        off = np.abs(self.later[start:stop] - fraction * self.total)
        return int(self.moments[start + int(np.argmin(off))])

    def cuts(self, validation: float, test: float) -> list[int]:
        """Where validation and test begin, of those that are wanted; twice the same where only test is; [] if none can.

        The fractions are of learnt turns.
        """
        second = self.cut(test) if test else None
        if test and second is None:
            return []
        first = self.cut(validation + test, before=second) if validation else second
        if first is None:
            return []
        return [first] if second is None else [first, second]

    def held_out(self, cut: int) -> int:
        """Learnt turns from a moment on."""
        return int(self.later[int(np.searchsorted(-self.moments, -cut, side="right")) - 1])


@dataclass(frozen=True, slots=True)
class Sides:
    """Where sessions lie."""

    part: Ints  # 0: before the first cut
    is_straddling: Flags  # under way at the next cut
    is_close: Flags  # begun less than the gap after the last one


def sides(starts: Ints, ends: Ints, cuts: list[int], gap: int) -> Sides:
    """Where sessions lie by these cuts; all in microseconds."""
    part = np.searchsorted(np.array(cuts, dtype=np.int64), starts, side="right")
    last, following = np.array([-NEVER, *cuts]), np.array([*cuts, NEVER])
    is_straddling = ends >= following[part]
    return Sides(part, is_straddling, ~is_straddling & (starts < last[part] + gap))

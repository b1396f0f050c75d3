"""Which part each sample is in, and why some are in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.types import Split

if TYPE_CHECKING:
    from datetime import datetime

    from doppel.split.facts import Facts, Flags, Ints
    from doppel.types import Funnel

TRAIN, VALIDATION, TEST = range(3)
NAMES = ("train", "validation", "test")
LEFT_OUT = -1


class Parts:
    """The part of every sample; samples of one session begin in the same one."""

    def __init__(self, of_session: Ints, facts: Facts) -> None:
        self.of_sample = of_session.astype(np.int8)[facts.sessions]
        self.why: dict[str, int] = {}  # reason -> samples left out
        self._order = facts.order

    def leave_out(self, samples: Flags, why: str) -> None:
        """Takes samples out of their parts and counts those that were in one."""
        is_out = samples & (self.of_sample != LEFT_OUT)
        self.of_sample[is_out] = LEFT_OUT
        if is_out.any():
            self.why[why] = self.why.get(why, 0) + int(is_out.sum())

    def of_sessions(self, facts: Facts) -> Ints:
        """The part of every session, as long as whole sessions were left out."""
        found = np.zeros(len(facts.starts), dtype=np.int64)
        found[facts.sessions] = self.of_sample
        return found

    def sizes(self) -> list[int]:
        """Samples in train, validation and test."""
        return [int((self.of_sample == part).sum()) for part in range(len(NAMES))]

    def lack(self, is_wanted: tuple[bool, bool, bool]) -> bool:
        """Whether a part that is wanted is empty."""
        return any(wanted and not size for wanted, size in zip(is_wanted, self.sizes(), strict=True))

    def seen(self) -> str:
        """What each part would get, for errors."""
        got = ", ".join(map(str, self.sizes()))
        left_out = f" ({self._reasons()} left out)" if self.why else ""
        return f"train, validation and test would get {got} samples{left_out}"

    def split(self, boundaries: tuple[datetime, ...], funnel: Funnel) -> Split:
        """The positions in order of time; adds the stage's line to the funnel."""
        ordered = self.of_sample[self._order]
        train, validation, test = (tuple(self._order[ordered == part].tolist()) for part in range(len(NAMES)))
        kept = len(train) + len(validation) + len(test)
        funnel.add("split", kept=kept, dropped=len(ordered) - kept, unit="samples", why=self._reasons())
        return Split(train, validation, test, boundaries)

    def _reasons(self) -> str:
        return "; ".join(f"{count:,} {why}" for why, count in self.why.items())

"""Which part each sample is in, and why some are in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.used import messages_of
from doppel.types import Split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from doppel.split.facts import Facts, Flags, Ints
    from doppel.types import Funnel, Sample

TRAIN, VALIDATION, TEST = range(3)
NAMES = ("train", "validation", "test")
LEFT_OUT = -1


class Parts:
    """The part of every sample; samples of one session begin in the same one."""

    def __init__(self, of_session: Ints, facts: Facts) -> None:
        self.of_sample = of_session.astype(np.int8)[facts.sessions]
        self.why: dict[str, int] = {}  # reason -> samples left out
        self._reason = np.zeros(len(self.of_sample), dtype=np.int8)  # 0: in a part; else why, from 1
        self._facts = facts

    def leave_out(self, samples: Flags, why: str) -> None:
        """Takes samples out of their parts and counts those that were in one."""
        is_out = samples & (self.of_sample != LEFT_OUT)
        self.of_sample[is_out] = LEFT_OUT
        if is_out.any():
            self.why[why] = self.why.get(why, 0) + int(is_out.sum())
            self._reason[is_out] = list(self.why).index(why) + 1

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
        left_out = f" ({_told(self.why)} left out)" if self.why else ""
        return f"train, validation and test would get {got} samples{left_out}"

    def split(self, samples: Sequence[Sample], boundaries: tuple[datetime, ...], funnel: Funnel) -> Split:
        """The positions in order of time; adds the stage's lines to the funnel, on messages and on samples."""
        ordered = self.of_sample[self._facts.order]
        train, validation, test = (tuple(self._facts.order[ordered == part].tolist()) for part in range(len(NAMES)))
        used, *unused = messages_of(samples, self._facts, self._reason, len(self.why) + 1)
        why = {f"in samples {why}": count for why, count in zip(self.why, unused, strict=True) if count}
        funnel.add("split", kept=used, dropped=sum(unused), unit="messages", why=_told(why))
        kept = len(train) + len(validation) + len(test)
        funnel.add("split", kept=kept, dropped=len(ordered) - kept, unit="samples", why=_told(self.why))
        return Split(train, validation, test, boundaries)


def _told(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} {why}" for why, count in reasons.items())

"""The past is learnt, the future is held out: nothing in training is later than anything held out."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.types import Sample, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Funnel, NonNegativeFloat, OpenFraction


class SplitByTime:
    """Cuts the whole export at two moments, at beginnings of samples.

    The moments are such that about `test_fraction` of the learnt turns lie after the second, and about
    `validation_fraction` between the two. A sample that is under way at a cut is left out, and so is one that begins
    less than `purge_gap_hours` after it.
    """

    def __init__(
        self, *, validation_fraction: OpenFraction, test_fraction: OpenFraction, purge_gap_hours: NonNegativeFloat
    ) -> None:
        self.validation_fraction = validation_fraction
        self.test_fraction = test_fraction
        self.purge_gap = timedelta(hours=purge_gap_hours)

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """The samples in order of time; boundaries hold the starts of what is held out. Raises: DataError."""
        ordered = sorted(samples, key=lambda sample: (sample.started_at, sample.sample_id))
        held_out = self.validation_fraction + self.test_fraction
        if not 0 < held_out < 1:
            raise self._refusal(f"{held_out:g} of the learnt turns cannot be held out", ordered)
        later = _learnt_turns_from(ordered)
        test = _cut(later, self.test_fraction, before=None) if self.test_fraction else None
        validation = _cut(later, held_out, before=test) if self.validation_fraction else test
        if validation is None:
            raise self._refusal("there are too few moments at which a sample begins", ordered)
        return self._divide(ordered, [validation] if test is None else [validation, test], funnel)

    def _divide(self, ordered: list[Sample], cuts: list[datetime], funnel: Funnel) -> Split:
        parts: list[list[Sample]] = [[], [], []]
        straddling = close = 0
        for sample in ordered:
            part = sum(sample.started_at >= cut for cut in cuts)
            if part < len(cuts) and sample.ended_at >= cuts[part]:
                straddling += 1
            elif part and sample.started_at < cuts[part - 1] + self.purge_gap:
                close += 1
            else:
                parts[part].append(sample)
        wanted = [True, self.validation_fraction > 0, self.test_fraction > 0]
        if any(is_wanted and not part for is_wanted, part in zip(wanted, parts, strict=True)):
            sizes = ", ".join(str(len(part)) for part in parts)
            seen = f"train, validation and test would get {sizes} ({straddling + close} lie too close to a cut)"
            raise self._refusal(seen, ordered)
        reasons = {"under way where validation or test starts": straddling, "begun within purge_gap_hours of it": close}
        why = "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
        funnel.add("split", kept=sum(map(len, parts)), dropped=straddling + close, unit="samples", why=why)
        train, validation, test = (tuple(part) for part in parts)
        return Split(train, validation, test, tuple(cut + self.purge_gap for cut in cuts))

    def _refusal(self, seen: str, samples: list[Sample]) -> DataError:
        learnt = sum(map(_learnt_turns, samples))
        return DataError(
            f"{len(samples)} samples with {learnt} learnt turns cannot be split by time with "
            f"split.validation_fraction={self.validation_fraction:g} split.test_fraction={self.test_fraction:g}: "
            f"{seen}. "
            "Accepted are fractions that together lie between 0 and 1, and enough samples for each part. Hold out "
            "nothing with split=none, only a validation part with split.test_fraction=0, or get more conversations "
            "(sessions.max_gap_minutes smaller, a longer export)."
        )


def _learnt_turns(sample: Sample) -> int:
    return sum(turn.is_learnt for turn in sample.turns)


def _learnt_turns_from(ordered: list[Sample]) -> dict[datetime, int]:
    """Each moment at which a sample begins -> learnt turns of the samples that begin then or later; latest first."""
    totals = accumulate(_learnt_turns(sample) for sample in reversed(ordered))
    return {sample.started_at: total for sample, total in zip(reversed(ordered), totals, strict=True)}


def _cut(later: dict[datetime, int], fraction: float, *, before: datetime | None) -> datetime | None:
    """The moment after which about this fraction lies; never the first of all, which would leave nothing before it."""
    moments = [moment for moment in list(later)[:-1] if before is None or moment < before]
    wanted = fraction * max(later.values(), default=0)
    return min(moments, key=lambda moment: abs(later[moment] - wanted), default=None)

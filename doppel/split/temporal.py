"""The past is learnt, the future is held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.errors import DataError
from doppel.split.cuts import NEVER, Sides, Timeline, sides
from doppel.split.facts import facts_of, moment
from doppel.split.leaks import Leaks
from doppel.split.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.split.facts import Facts, Ints
    from doppel.types import Funnel, NonNegativeFloat, OpenFraction, PositiveInt, Sample, Split

HOUR = 3_600_000_000  # microseconds


class SplitByTime:
    """Cuts time at two moments, at beginnings of sessions: for the whole export at once, or each chat by itself.

    The moments are such that about `test_fraction` of the learnt turns lie after the second, and about
    `validation_fraction` between the two. A session that is under way at a cut is left out, and so is one that begins
    less than `purge_gap_hours` after it. A chat whose sessions are too few to be cut like that is learnt whole.
    """

    def __init__(
        self,
        *,
        validation_fraction: OpenFraction,
        test_fraction: OpenFraction,
        per_chat: bool,
        purge_gap_hours: NonNegativeFloat,
        purge_shared_words: PositiveInt | None,
    ) -> None:
        self.validation_fraction = validation_fraction
        self.test_fraction = test_fraction
        self.held_out = validation_fraction + test_fraction
        self.per_chat = per_chat
        self.gap = int(min(purge_gap_hours * HOUR, NEVER))
        self.shared_words = purge_shared_words

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """The parts; boundaries hold the starts of what is held out, none where each chat has its own.

        Raises: DataError where a part that is asked for would be empty.
        """
        facts = facts_of(samples)
        if not 0 < self.held_out < 1:
            raise self._refusal(f"{self.held_out:g} of the learnt turns cannot be held out", facts)
        cuts = [] if self.per_chat else self._cuts(Timeline(facts.starts, facts.learnt))
        if not cuts and not self.per_chat:
            raise self._refusal("there are too few moments at which a session begins", facts)
        lie = self._chat_by_chat(facts, funnel) if self.per_chat else sides(facts.starts, facts.ends, cuts, self.gap)
        parts = Parts(lie.part, facts)
        parts.leave_out(lie.is_straddling[facts.sessions], "under way where validation or test starts")
        parts.leave_out(lie.is_close[facts.sessions], "begun within purge_gap_hours of it")
        Leaks(samples, facts, parts, self.shared_words).close()
        if parts.lack((True, self.validation_fraction > 0, self.test_fraction > 0)):
            raise self._refusal(parts.seen(), facts)
        return parts.split(tuple(moment(cut + self.gap) for cut in cuts), funnel)

    def _cuts(self, line: Timeline) -> list[int]:
        return line.cuts(self.validation_fraction, self.test_fraction)

    def _chat_by_chat(self, facts: Facts, funnel: Funnel) -> Sides:
        number = len(facts.starts)
        lie = Sides(np.zeros(number, dtype=np.int64), np.zeros(number, dtype=bool), np.zeros(number, dtype=bool))
        chats = whole = 0
        for sessions in _of_each_chat(facts.chats):
            line = Timeline(facts.starts[sessions], facts.learnt[sessions])
            cuts = self._cuts(line)
            chats += 1
            if not self._are_near(cuts, line):
                whole += 1
                continue
            own = sides(facts.starts[sessions], facts.ends[sessions], cuts, self.gap)
            lie.part[sessions], lie.is_straddling[sessions] = own.part, own.is_straddling
            lie.is_close[sessions] = own.is_close
        if whole:
            funnel.note(f"split: {whole:,} of {chats:,} chats have too few sessions to be cut and are learnt whole")
        return lie

    def _are_near(self, cuts: list[int], line: Timeline) -> bool:
        """Whether a chat's cuts hold out less than twice what is asked for."""
        asked = [fraction for fraction in (self.held_out, self.test_fraction) if fraction]
        return bool(cuts) and all(
            line.held_out(cut) < 2 * fraction * line.total for cut, fraction in zip(cuts, asked, strict=False)
        )

    def _refusal(self, seen: str, facts: Facts) -> DataError:
        how = f"split.validation_fraction={self.validation_fraction:g} split.test_fraction={self.test_fraction:g}"
        return DataError(
            f"{len(facts.order)} samples with {facts.learnt.sum()} learnt turns cannot be split by time with "
            f"{how}{' split.per_chat=true' if self.per_chat else ''}: {seen}. "
            "Accepted are fractions that together lie between 0 and 1, and enough samples for each part. Hold out "
            "nothing with split=none, only a validation part with split.test_fraction=0, or get more conversations "
            "(sessions.max_gap_minutes smaller, a longer export)."
        )


def _of_each_chat(chats: Ints) -> list[Ints]:
    """The sessions of each chat."""
    order = np.argsort(chats, kind="stable")
    starts = np.flatnonzero(np.diff(chats[order])) + 1
    return np.split(order, starts) if len(order) else []

"""The past is learnt, the future is held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.errors import DataError
from doppel.split.cuts import NEVER, Sides, Timeline, sides
from doppel.split.facts import facts_of, moment
from doppel.split.leaks import Leaks
from doppel.split.parts import Parts
from doppel.split.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.split.facts import Facts, Flags, Ints
    from doppel.types import Funnel, NonNegativeFloat, OpenFraction, PositiveInt, Sample, Split

HOUR = 3_600_000_000  # microseconds


class SplitByTime:
    """Cuts time at two moments, at beginnings of sessions: for the whole export at once, or each chat by itself.

    The moments are such that about `test_fraction` of the learnt turns lie after the second, and about
    `validation_fraction` between the two. A session that is under way at a cut is left out, and so is one that begins
    less than `purge_gap_hours` after it. A chat whose sessions are too few to be cut like that is learnt whole. Beside
    conversations with times, those without any are learnt too: where made-up times lie decides nothing.
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
        self.replies = Replies()

    def follow(self, replies: Replies) -> None:
        """Follows chains of replies over messages that are in no sample, too."""
        self.replies = replies

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """The parts; boundaries hold the starts of what is held out, none where each chat has its own.

        Raises: DataError where a part that is asked for would be empty.
        """
        facts = facts_of(samples, self.replies.keys())
        if not 0 < self.held_out < 1:
            raise self._refusal(f"{self.held_out:g} of the learnt turns cannot be held out", facts)
        is_cut = (
            facts.is_timed if facts.is_timed.any() else ~facts.is_timed
        )  # one moment cuts real times or order alone
        cuts = [] if self.per_chat else self._cuts(Timeline(facts.starts[is_cut], facts.learnt[is_cut]))
        if not cuts and not self.per_chat:
            raise self._refusal("there are too few moments at which a session begins", facts)
        lie = self._chat_by_chat(facts, funnel) if self.per_chat else self._all_at_once(facts, is_cut, cuts, funnel)
        parts = Parts(lie.part, facts)
        parts.leave_out(lie.is_straddling[facts.sessions], "under way where validation or test starts")
        parts.leave_out(lie.is_close[facts.sessions], "begun within purge_gap_hours of it")
        Leaks(samples, facts, parts, self.shared_words).close()
        if parts.lack((True, self.validation_fraction > 0, self.test_fraction > 0)):
            raise self._refusal(parts.seen(), facts)
        return parts.split(samples, tuple(moment(cut + self.gap) for cut in cuts), funnel)

    def _cuts(self, line: Timeline) -> list[int]:
        return line.cuts(self.validation_fraction, self.test_fraction)

    def _all_at_once(self, facts: Facts, is_cut: Flags, cuts: list[int], funnel: Funnel) -> Sides:
        lie = _learnt_whole(len(facts.starts))
        _put(sides(facts.starts[is_cut], facts.ends[is_cut], cuts, self.gap), lie, is_cut)
        untimed = int((~is_cut)[facts.sessions].sum())
        if untimed:
            funnel.note(
                f"split: {untimed:,} samples have no times, as their source tells none: they are for train, and the "
                "others are cut as they would be without them"
            )
        return lie

    def _chat_by_chat(self, facts: Facts, funnel: Funnel) -> Sides:
        lie = _learnt_whole(len(facts.starts))
        chats = whole = 0
        for sessions in _of_each_chat(facts.chats):
            line = Timeline(facts.starts[sessions], facts.learnt[sessions])
            cuts = self._cuts(line)
            chats += 1
            if not self._are_near(cuts, line):
                whole += 1
                continue
            _put(sides(facts.starts[sessions], facts.ends[sessions], cuts, self.gap), lie, sessions)
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


def _learnt_whole(number: int) -> Sides:
    return Sides(np.zeros(number, dtype=np.int64), np.zeros(number, dtype=bool), np.zeros(number, dtype=bool))


def _put(own: Sides, lie: Sides, sessions: Ints | Flags) -> None:
    """Writes where these sessions lie."""
    lie.part[sessions], lie.is_straddling[sessions] = own.part, own.is_straddling
    lie.is_close[sessions] = own.is_close


def _of_each_chat(chats: Ints) -> list[Ints]:
    """The sessions of each chat."""
    order = np.argsort(chats, kind="stable")
    starts = np.flatnonzero(np.diff(chats[order])) + 1
    return np.split(order, starts) if len(order) else []

"""Whole chats are held out: how the persona talks to people that the model has not met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.errors import DataError
from doppel.split.chosen import by_lot, drawn, found_chats
from doppel.split.facts import facts_of
from doppel.split.leaks import Leaks
from doppel.split.parts import NAMES, TEST, TRAIN, VALIDATION, Parts
from doppel.split.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.split.facts import Facts, Ints
    from doppel.types import Funnel, NonNegativeInt, OpenFraction, PositiveInt, Sample, Split


class SplitByChat:
    """Holds out the chats that are named, or chats drawn by lot until they hold about a fraction of the learnt turns.

    A drawn chat stays where it is when others come to the export, as long as the fractions let it.
    """

    def __init__(
        self,
        *,
        validation_chats: list[str | int] | None,
        test_chats: list[str | int] | None,
        validation_fraction: OpenFraction,
        test_fraction: OpenFraction,
        seed: NonNegativeInt,
        purge_shared_words: PositiveInt | None,
    ) -> None:
        self.named = {TEST: test_chats, VALIDATION: validation_chats}
        self.fractions = {TEST: test_fraction, VALIDATION: validation_fraction}
        self.seed = seed
        self.shared_words = purge_shared_words
        self.replies = Replies()

    def follow(self, replies: Replies) -> None:
        """Follows chains of replies over messages that are in no sample, too."""
        self.replies = replies

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """The parts; no boundaries, as they overlap in time. Raises: DataError."""
        facts = facts_of(samples, self.replies.keys())
        parts = Parts(self._part_of_sessions(samples, facts), facts)
        Leaks(samples, facts, parts, self.shared_words).close()
        is_wanted = {part: self._is_wanted(part) for part in (VALIDATION, TEST)}
        if not any(is_wanted.values()) or parts.lack((True, is_wanted[VALIDATION], is_wanted[TEST])):
            raise self._refusal(parts.seen(), facts)
        chats = {part: len(np.unique(facts.chats[facts.sessions[parts.of_sample == part]])) for part in is_wanted}
        funnel.note("split: " + " and ".join(f"{count:,} chats are for {NAMES[part]}" for part, count in chats.items()))
        return parts.split(samples, (), funnel)

    def _is_wanted(self, part: int) -> bool:
        names = self.named[part]
        return bool(self.fractions[part] if names is None else names)

    def _part_of_sessions(self, samples: Sequence[Sample], facts: Facts) -> Ints:
        keys, chats = np.unique(facts.chats, return_inverse=True)
        sums = np.zeros(len(keys), dtype=np.int64)
        np.add.at(sums, chats, facts.learnt)
        learnt = dict(zip(keys.tolist(), sums.tolist(), strict=True))
        of_chat = self._named(samples)
        for part in (TEST, VALIDATION):
            if self.named[part] is None and self.fractions[part]:
                free = by_lot(learnt.keys() - of_chat.keys(), self.seed)
                wanted = self.fractions[part] * sum(learnt.values())
                of_chat |= dict.fromkeys(drawn(free, learnt, wanted), part)
        return np.array([of_chat.get(key, TRAIN) for key in keys.tolist()], dtype=np.int64)[chats]

    def _named(self, samples: Sequence[Sample]) -> dict[int, int]:
        found = {
            part: found_chats(f"split.{NAMES[part]}_chats", names, samples)
            for part, names in self.named.items()
            if names is not None
        }
        if found.get(TEST, set()) & found.get(VALIDATION, set()):
            raise DataError("split.validation_chats and split.test_chats name the same chat: each may be in one alone.")
        return {chat: part for part, chats in found.items() for chat in chats}

    def _refusal(self, seen: str, facts: Facts) -> DataError:
        how = " ".join(
            f"split.{NAMES[part]}_fraction={self.fractions[part]:g}"
            if self.named[part] is None
            else f"split.{NAMES[part]}_chats={self.named[part]}"
            for part in (VALIDATION, TEST)
        )
        return DataError(
            f"{len(facts.order)} samples of {len(np.unique(facts.chats))} chats cannot be split by chat with {how}: "
            f"{seen}. Something must be held out, and something left to learn: one chat for each part at least. Name "
            "chats, take fractions that together lie between 0 and 1, hold out the latest of every chat with "
            "split=temporal, or nothing with split=none."
        )

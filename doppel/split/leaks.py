"""Leaving out what would tell a held-out answer, or what answers something learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.chains import Chains
from doppel.split.keys import MessageKeys, WordRuns
from doppel.split.lookup import Kept, Lookup, distinct
from doppel.split.near import SEED, LongAnswers, Near
from doppel.split.parts import TEST, TRAIN, VALIDATION
from doppel.split.said import answers, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.split.facts import Facts, Flags, Ints
    from doppel.split.parts import Parts
    from doppel.types import Sample


class Leaks:
    """Closes, in two passes over the samples, what ways are left from a part to answers of a later one.

    A session that answers one of an earlier part, over any number of answers, is left out; then, of what is learnt, a
    sample that shares a message or `shared_words` words in a row with an answer held out, or holds one nearly the same,
    and likewise of validation for answers of test. Memory: about 50 bytes for each message and each word held out.
    """

    def __init__(self, samples: Sequence[Sample], facts: Facts, parts: Parts, shared_words: int | None) -> None:
        self._samples, self._facts, self._parts = samples, facts, parts
        self._shared_words = shared_words

    def close(self) -> None:
        """Leaves samples out of the parts."""
        self._close_shared(self._close_chains())

    def _close_chains(self) -> Held:
        """What the held-out samples hold, those that are now left out among them."""
        chains, held = Chains(self._facts), Held(self._shared_words)
        everywhere = MessageKeys(chains.look_up)
        messages, runs = MessageKeys(held.keys), WordRuns(self._shared_words, held.keys, held.keep_words)
        has_replies = len(self._facts.answered) > 0
        for position, sample, part in self._each(is_wanted=(self._parts.of_sample > TRAIN) | has_replies):
            if has_replies:
                everywhere.add(sample, position)
            if part > TRAIN:
                messages.add(sample, position)
                runs.add(answers(sample), position)
        for gathered in (everywhere, messages, runs):
            gathered.finish()
        is_cut = chains.cut(self._parts.of_sessions(self._facts))
        self._parts.leave_out(is_cut[self._facts.sessions], "that answer what an earlier part holds")
        return held

    def _close_shared(self, held: Held) -> None:
        part = self._parts.of_sample
        is_sharing, is_near = np.zeros(len(part), dtype=bool), np.zeros(len(part), dtype=bool)

        def share(_: Ints, positions: Ints) -> None:
            is_sharing[positions] = True

        def near(positions: Ints) -> None:
            is_near[positions] = True

        later = {TRAIN: part >= VALIDATION, VALIDATION: part == TEST}
        wanted = {earlier: distinct(held.keys.of(is_later)) for earlier, is_later in later.items()}
        held.keys.clear()
        look = Near(held.answers, part, near, is_sharing).look if held.keep_words else None
        lookups = {earlier: Lookup(keys, share) for earlier, keys in wanted.items() if len(keys)}
        messages = {earlier: MessageKeys(lookup) for earlier, lookup in lookups.items()}
        runs = {earlier: WordRuns(self._shared_words, lookup, look) for earlier, lookup in lookups.items()}
        for position, sample, earlier in self._each(is_wanted=np.isin(part, list(messages))):
            messages[earlier].add(sample, position)
            runs[earlier].add(everything(sample), position)
        for gathered in (*messages.values(), *runs.values()):
            gathered.finish()
        several = f" or {self._shared_words} words in a row" if self._shared_words else ""
        self._parts.leave_out(is_sharing, f"that share a message{several} with an answer of a later part")
        self._parts.leave_out(is_near, "that hold an answer of a later part with some words changed")

    def _each(self, *, is_wanted: Flags) -> Iterator[tuple[int, Sample, int]]:
        """The wanted samples with their positions and their parts; read one by one where they are few."""
        of_sample, positions = self._parts.of_sample, np.flatnonzero(is_wanted).tolist()
        if len(positions) < len(is_wanted) // 2:
            for position in positions:
                yield position, self._samples[position], int(of_sample[position])
            return
        for position, sample in enumerate(self._samples):
            if is_wanted[position]:
                yield position, sample, int(of_sample[position])


class Held:
    """What the held-out samples hold."""

    def __init__(self, shared_words: int | None) -> None:
        self.keys = Kept()  # of messages, and of runs of words of the answers
        self.answers = LongAnswers(shared_words or 0)
        # Who has a seed in common shares a run that is shorter still, and is found by it.
        self.keep_words = self.answers.keep if self.answers.least_words > SEED else None

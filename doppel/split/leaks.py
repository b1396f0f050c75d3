"""Leaving out what would tell a held-out answer, or what answers something learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.chains import Chains
from doppel.split.keys import MessageKeys, WordRuns
from doppel.split.lookup import Kept, Lookup, distinct
from doppel.split.parts import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.split.facts import Facts, Flags, Ints
    from doppel.split.parts import Parts
    from doppel.types import Sample


class Leaks:
    """Closes, in two passes over the samples, what ways are left from a part to answers of a later one.

    A session that answers one of an earlier part, over any number of answers, is left out; then, of what is learnt, a
    sample that shares a message or `shared_words` words in a row with an answer held out, and likewise of validation
    for answers of test. Memory: about 40 bytes for each message and each run of words held out.
    """

    def __init__(self, samples: Sequence[Sample], facts: Facts, parts: Parts, shared_words: int | None) -> None:
        self._samples, self._facts, self._parts = samples, facts, parts
        self._shared_words = shared_words

    def close(self) -> None:
        """Leaves samples out of the parts."""
        held, part = self._close_chains(), self._parts.of_sample
        later = {TRAIN: part >= VALIDATION, VALIDATION: part == TEST}
        self._close_shared({earlier: distinct(held.of(is_later)) for earlier, is_later in later.items()})

    def _close_chains(self) -> Kept:
        """What the held-out samples hold, those that are now left out among them."""
        chains, held = Chains(self._facts), Kept()
        everywhere, messages = MessageKeys(chains.look_up), MessageKeys(held)
        runs = WordRuns(self._shared_words, held)
        has_replies = len(self._facts.answered) > 0
        for position, sample, part in self._each(is_wanted=(self._parts.of_sample > TRAIN) | has_replies):
            if has_replies:
                everywhere.add(sample, position)
            if part > TRAIN:
                messages.add(sample, position)
                runs.add([text for turn in sample.turns if turn.is_learnt for text in turn.messages], position)
        for gathered in (everywhere, messages, runs):
            gathered.finish()
        is_cut = chains.cut(self._parts.of_sessions(self._facts))
        self._parts.leave_out(is_cut[self._facts.sessions], "that answer what an earlier part holds")
        return held

    def _close_shared(self, wanted: dict[int, Ints]) -> None:
        is_sharing = np.zeros(len(self._facts.order), dtype=bool)

        def found(_: Ints, positions: Ints) -> None:
            is_sharing[positions] = True

        lookups = {part: Lookup(keys, found) for part, keys in wanted.items() if len(keys)}
        messages = {part: MessageKeys(lookup) for part, lookup in lookups.items()}
        runs = {part: WordRuns(self._shared_words, lookup) for part, lookup in lookups.items()}
        for position, sample, part in self._each(is_wanted=np.isin(self._parts.of_sample, list(lookups))):
            messages[part].add(sample, position)
            runs[part].add([text for turn in sample.turns for text in turn.messages], position)
            runs[part].add([turn.aside for turn in sample.turns if turn.aside], position)  # it may quote an answer
        for gathered in (*messages.values(), *runs.values()):
            gathered.finish()
        several = f" or {self._shared_words} words in a row" if self._shared_words else ""
        self._parts.leave_out(is_sharing, f"that share a message{several} with an answer of a later part")

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

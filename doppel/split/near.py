"""Answers that are told again with some words changed: no long run of their words is the same."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from doppel.split.facts import ODD
from doppel.split.keys import runs_of
from doppel.split.lookup import Lookup, places

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from doppel.split.facts import Flags, Ints

SEED = 6  # words in a row, without which two texts are not compared
PIECE = 3  # words in a row by which they are
HALF = 32  # bits
MOST_ALIKE = 64  # answers with the same seed that a text is compared with: the first ones


class LongAnswers:
    """Keeps the answers that are held out and have at least so many words: 12 bytes a word.

    In numbers of 32 bits: where two words, or two seeds, have the same one by chance, texts are compared in vain.
    """

    def __init__(self, least_words: int) -> None:
        self.least_words = least_words
        self.words, self.seeds = array("i"), array("q")  # the upper half of a seed, and its answer
        self.lengths, self.samples = array("i"), array("i")  # of each answer

    def keep(self, hashes: Ints, of_text: Ints, positions: Ints) -> None:
        """Keeps some more (`TakeWords`)."""
        hashes, of_text = _long(hashes, of_text, self.least_words)
        texts, numbers, lengths = np.unique(of_text, return_inverse=True, return_counts=True)
        seeds, answers = _seeds(hashes, numbers)
        for kept, more in (
            (self.words, hashes.astype(np.int32)),
            (self.seeds, (seeds << HALF) | (answers + len(self.lengths))),
            (self.lengths, lengths.astype(np.int32)),
            (self.samples, positions[texts].astype(np.int32)),
        ):
            kept.frombytes(more.tobytes())


class Near:
    """Gives `found` the samples with a text that has half of the pieces of an answer of a later part, and enough.

    Enough are as many as a run of the answers' least words has: of 8, where every eighth word is another one, an answer
    of 14 words or more is found, and a shorter one if the words that are left happen to be together.
    """

    def __init__(
        self, answers: LongAnswers, part: npt.NDArray[np.int8], found: Callable[[Ints], None], is_found: Flags
    ) -> None:
        """`is_found`: of each sample, whether it need not be looked at any more."""
        self._least_words, self._part = answers.least_words, part
        self._found, self._is_found = found, is_found
        of_answers = (answers.words, answers.lengths, answers.samples)
        self._words, self._lengths, self._samples = (np.frombuffer(kept, dtype=np.int32) for kept in of_answers)
        self._first = np.cumsum(self._lengths) - self._lengths
        seeds = np.frombuffer(answers.seeds, dtype=np.int64)
        seeds.sort()
        self._alike = seeds.astype(np.int32)  # the lower half
        self._seeds = np.right_shift(seeds, HALF, out=seeds).astype(np.int32)
        answers.seeds = array("q")
        self._lookup = Lookup(self._seeds, self._candidates)

    def look(self, hashes: Ints, of_text: Ints, positions: Ints) -> None:
        """Compares texts (`TakeWords`)."""
        hashes, of_text = _long(hashes, of_text, self._least_words)
        is_open = ~self._is_found[positions[of_text]]
        self._at_hand = hashes[is_open], of_text[is_open], positions
        seeds, texts = _seeds(*self._at_hand[:2])
        self._lookup(seeds.astype(np.int32), texts)  # of 64 bits, those kept would be copied to compare them

    def _candidates(self, keys: npt.NDArray[np.int32], texts: Ints) -> None:
        first = np.searchsorted(self._seeds, keys, side="left")
        count = np.minimum(np.searchsorted(self._seeds, keys, side="right") - first, MOST_ALIKE)
        texts, answers = np.repeat(texts, count), self._alike[spread(first, count)]
        is_later = self._part[self._samples[answers]] > self._part[self._at_hand[2][texts]]
        pairs = np.unique(texts[is_later] * len(self._lengths) + answers[is_later])
        self._compare(*np.divmod(pairs, len(self._lengths)))

    def _compare(self, texts: Ints, answers: Ints) -> None:
        hashes, of_text, positions = self._at_hand
        is_compared = np.isin(np.arange(len(positions)), texts)[of_text]
        there = np.sort(_both(*runs_of(hashes[is_compared] << HALF >> HALF, of_text[is_compared], PIECE)))
        count = self._lengths[answers].astype(np.int64)
        words = self._words[spread(self._first[answers], count)].astype(np.int64)
        pieces, pairs = runs_of(words, np.repeat(np.arange(len(texts)), count), PIECE)
        _, once = np.unique(_both(pieces, pairs), return_index=True)
        pieces, pairs = pieces[once], pairs[once]
        is_there = places(_both(pieces, texts[pairs]), there) >= 0
        shared = np.bincount(pairs, is_there, minlength=len(texts))
        enough = np.maximum(self._least_words - PIECE + 1, np.bincount(pairs, minlength=len(texts)) / 2)
        self._found(positions[texts[shared >= enough]])


def spread(first: Ints, count: Ints) -> Ints:
    """Places from each of the first ones on, so many of each."""
    return np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())


def _long(hashes: Ints, of_text: Ints, least_words: int) -> tuple[Ints, Ints]:
    """The words of texts that have at least so many."""
    is_long = (np.bincount(of_text) >= least_words)[of_text] if len(of_text) else slice(0)
    return hashes[is_long], of_text[is_long]


def _seeds(hashes: Ints, of_text: Ints) -> tuple[Ints, Ints]:
    keys, texts = runs_of(hashes, of_text, SEED)
    return keys >> HALF, texts


def _both(keys: Ints, numbers: Ints) -> Ints:
    return (keys ^ (keys >> HALF)) * ODD + numbers

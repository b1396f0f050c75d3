"""What samples hold, as numbers: gathered until there are many, and then handled at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from doppel.split.facts import ODD, Ints, as_ints, chat_key, message_keys
from doppel.split.words import END, PIECE, pieces, word_hashes, words

if TYPE_CHECKING:
    from doppel.types import Sample

Take = Callable[[Ints, Ints], None]  # keys, and the sample of each
TakeWords = Callable[[Ints, Ints, Ints], None]  # a number for each word, the text of each, and the sample of each text
AT_ONCE = 1 << 17  # keys: 1 MB


class MessageKeys:
    """Gives `take` a key for every message of the samples that are added."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._chat: tuple[str | None, int] = (None, 0)
        self._clear()

    def _clear(self) -> None:
        self._ids, self._lengths, self._chats, self._positions = (array("q") for _ in range(4))

    def add(self, sample: Sample, position: int) -> None:
        """Adds a sample."""
        if sample.chat_id != self._chat[0]:
            self._chat = sample.chat_id, chat_key(sample.chat_id)
        self._ids.extend(map(hash, sample.message_ids))
        self._lengths.append(len(sample.message_ids))
        self._chats.append(self._chat[1])
        self._positions.append(position)
        if len(self._ids) >= AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Gives what is still waiting."""
        lengths = as_ints(self._lengths)
        chats = np.repeat(as_ints(self._chats), lengths)
        self._take(message_keys(chats, as_ints(self._ids)), np.repeat(as_ints(self._positions), lengths))
        self._clear()


class WordNumbers:
    """Gives `take` a number for each word of the texts that are added, in their order."""

    def __init__(self, take: TakeWords) -> None:
        self._take = take
        self._clear()

    def _clear(self) -> None:
        self._texts, self._size = list[bytes](), 0
        self._numbers, self._positions = (array("q") for _ in range(2))

    def add(self, texts: Sequence[str], position: int) -> None:
        """Adds texts of a sample."""
        if not texts:
            return
        self._texts.append(words(texts))
        self._size += len(self._texts[-1])
        self._numbers.append(len(texts))
        self._positions.append(position)
        if self._size >= PIECE // 2:
            self.finish()

    def finish(self) -> None:
        """Gives what is still waiting."""
        positions = np.repeat(as_ints(self._positions), as_ints(self._numbers))
        for piece in pieces(END.encode().join(self._texts)):
            self._take(*word_hashes(piece), positions)
            positions = positions[piece.count(END.encode()) :]
        self._clear()


def runs_of(hashes: Ints, of_text: Ints, length: int) -> tuple[Ints, Ints]:
    """A key for every `length` words in a row of one text, and the text that it is in."""
    number = max(0, len(hashes) - length + 1)
    keys = np.zeros(number, dtype=np.int64)
    for place in range(length):
        keys *= ODD
        keys += hashes[place : place + number]
    is_run = of_text[:number] == of_text[len(of_text) - number :]
    return keys[is_run], of_text[:number][is_run]


class WordRuns:
    """Gives `take` a key for every `length` words in a row of the texts that are added: none for None.

    So are training data cleaned of benchmarks, there by 13 words (GPT-3, Brown et al. 2020): chat messages are shorter.
    """

    def __init__(self, length: int | None, take: Take, take_words: TakeWords | None = None) -> None:
        """`take_words`: gets the words themselves, each time after `take` has got their runs."""
        self._length = length
        self._take, self._take_words = take, take_words
        self._words = WordNumbers(self._take_runs)

    def add(self, texts: Sequence[str], position: int) -> None:
        """Adds texts of a sample."""
        if self._length is not None:
            self._words.add(texts, position)

    def finish(self) -> None:
        """Gives what is still waiting."""
        self._words.finish()

    def _take_runs(self, hashes: Ints, of_text: Ints, positions: Ints) -> None:
        keys, texts = runs_of(hashes, of_text, self._length or 1)
        if len(keys):
            self._take(keys, positions[texts])
        if self._take_words is not None:
            self._take_words(hashes, of_text, positions)

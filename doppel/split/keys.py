"""What samples hold, as numbers: gathered until there are many, and then handled at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from doppel.split.facts import ODD, Ints, as_ints, chat_key, message_keys
from doppel.split.words import FIRST_LETTER, words

if TYPE_CHECKING:
    from doppel.types import Sample

Take = Callable[[Ints, Ints], None]  # keys, and the sample of each
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


class WordRuns:
    """Gives `take` a key for every `length` words in a row of the texts that are added: none for None.

    So are training data cleaned of benchmarks, there by 13 words (GPT-3, Brown et al. 2020): chat messages are shorter.
    """

    def __init__(self, length: int | None, take: Take) -> None:
        self._length = length or 0
        self._shortest = 2 * self._length - 1  # characters, with something between words
        self._take = take
        self._clear()

    def _clear(self) -> None:
        self._words, self._lengths, self._positions = (array("q") for _ in range(3))

    def add(self, texts: Iterable[str], position: int) -> None:
        """Adds texts of a sample."""
        length = self._length
        for text in texts if length else ():
            if len(text) < self._shortest and (len(text) < length or max(text) < FIRST_LETTER):
                continue
            found = words(text)
            if len(found) >= length:
                self._words.extend(map(hash, found))
                self._lengths.append(len(found))
                self._positions.append(position)
        if len(self._words) >= AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Gives what is still waiting."""
        number = len(self._words) - self._length + 1
        if not self._lengths:
            return
        hashes, lengths = as_ints(self._words), as_ints(self._lengths)
        keys = np.zeros(number, dtype=np.int64)
        for place in range(self._length):
            keys = keys * ODD + hashes[place : place + number]
        last = np.repeat(np.cumsum(lengths) - self._length, lengths)[:number]
        is_run = np.arange(number) <= last  # of words of one text
        self._take(keys[is_run], np.repeat(as_ints(self._positions), lengths)[:number][is_run])
        self._clear()

"""Messages that an earlier source gave already: the same chat comes in two exports, or in two formats."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Message

ENOUGH = 3  # messages in common, by two people: no accident brings "ok" at one second three times, and from both
MAX_WAITING = 64  # messages of a chat: who writes the same to several chats at once makes no more wait
MAX_ALIKE = 64  # messages of one second and one text that are looked at: a chat may be full of nothing else
ID_MASK = (1 << 31) - 1


class _Place(NamedTuple):
    """One speaker in one chat."""

    source: str
    chat: int
    chat_id: str
    sender_id: str
    name: str


Hits = dict[int, tuple[_Place, bool]]  # chat -> the speaker there who said the same, and whether under the same ids


@dataclass(frozen=True, slots=True)
class _Given:
    """What a source has given, in order of the fingerprints."""

    keys: array[int]
    places: array[int]
    ids: array[int]  # of messages, their last 31 bits


@dataclass(slots=True)
class _Chat:
    """A chat of the source at hand, beside those of earlier ones."""

    common: dict[int, tuple[int, set[str]]] = field(default_factory=dict)  # chat -> messages in common, by whom
    same: set[int] = field(default_factory=set)  # the earlier chats that it is
    waiting: list[tuple[int, Message, Hits]] = field(default_factory=list)  # until that is known


class Copies:
    """Tells copies by evidence, whatever the ids: the same second, words and sender.

    Senders are the same by id, or by name where one of the exports knows no ids. A chat is one of an earlier source
    where one such message has the same ids in both, or ENOUGH have not: of two people, unless the chat has the same id.
    Then all of them are copies. The same words at the same second in another chat are none, and neither is what has no
    times: general dialogue may come again on purpose. Held meanwhile: 16 bytes a message.
    """

    def __init__(self) -> None:
        self.given: list[_Given] = []
        self.places: list[_Place] = []
        self.number = 0  # of chats
        self.dropped: Counter[str] = Counter()  # of the source at hand: earlier source -> copies of its messages
        self.unsure = 0
        self._begin()

    def _begin(self) -> None:
        self.keys, self.at, self.ids = array("q"), array("i"), array("i")
        self.known: dict[tuple[str, str], int] = {}  # (chat_id, sender_id) -> its place
        self.numbers: dict[str, int] = {}  # chat_id -> its number
        self.chats: dict[str, _Chat] = {}  # those that have something in common with earlier ones

    def without(self, source: str, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages of the next source that are no copies; those that might be come at the end."""
        self.dropped, self.unsure = Counter(), 0
        for message in messages:
            if message.is_timed:
                key = hash((message.sent_at.timestamp() // 1, message.text or message.media))
                hits = self._hits(key, message) if self.given else None
                if hits and self._is_held(key, message, hits):
                    continue
                self._remember(source, key, message)
            yield message
        for chat in self.chats.values():
            self.unsure += len(chat.waiting)
            for key, message, _ in chat.waiting:
                self._remember(source, key, message)
                yield message
        self._end()

    def _hits(self, key: int, message: Message) -> Hits:
        """The chats of earlier sources that have such a message of this sender."""
        found: Hits = {}
        for given in self.given:
            first = bisect_left(given.keys, key)
            for at in range(first, min(first + MAX_ALIKE, len(given.keys))):
                if given.keys[at] != key:
                    break
                place = self.places[given.places[at]]
                if place.sender_id == message.sender_id or _has_its_name(place, message):
                    is_same = given.ids[at] == message.message_id & ID_MASK and place.chat_id == message.chat_id
                    found[place.chat] = place, is_same
        return found

    def _is_held(self, key: int, message: Message, hits: Hits) -> bool:
        """Whether the message is a copy, which is counted, or waits."""
        chat = self.chats.setdefault(message.chat_id, _Chat())
        if not chat.same.isdisjoint(hits) or self._is_told(chat, message, hits):
            self._drop(chat, hits)
        elif len(chat.waiting) < MAX_WAITING:
            chat.waiting.append((key, message, hits))
        else:
            self.unsure += 1
            return False
        return True

    def _is_told(self, chat: _Chat, message: Message, hits: Hits) -> bool:
        """Whether this message makes enough of them; those that waited for it are then counted as copies."""
        for number, (place, is_same) in hits.items():
            count, people = chat.common.get(number, (0, set()))
            chat.common[number] = count + 1, people
            people.add(message.sender_id)
            is_enough = count + 1 >= ENOUGH and (len(people) > 1 or place.chat_id == message.chat_id)
            if is_same or is_enough:
                chat.same.add(number)
        if chat.same.isdisjoint(hits):
            return False
        waiting, chat.waiting = chat.waiting, []
        for one in waiting:
            if chat.same.isdisjoint(one[2]):
                chat.waiting.append(one)
            else:
                self._drop(chat, one[2])
        return True

    def _drop(self, chat: _Chat, hits: Hits) -> None:
        self.dropped[next(place.source for number, (place, _) in hits.items() if number in chat.same)] += 1

    def _remember(self, source: str, key: int, message: Message) -> None:
        who = message.chat_id, message.sender_id
        place = self.known.get(who)
        if place is None:
            place = self.known[who] = len(self.places)
            number = self.numbers.setdefault(message.chat_id, self.number + len(self.numbers))
            self.places.append(_Place(source, number, *who, message.sender_name))
        self.keys.append(key)
        self.at.append(place)
        self.ids.append(message.message_id & ID_MASK)

    def _end(self) -> None:
        """Puts what the source has given in order."""
        if self.keys:
            order = np.argsort(np.frombuffer(self.keys, dtype=np.int64), kind="stable")
            self.given.append(_Given(*(_ordered(numbers, order) for numbers in (self.keys, self.at, self.ids))))
        self.number += len(self.numbers)
        self._begin()


def _ordered(numbers: array[int], order: npt.NDArray[np.intp]) -> array[int]:
    """As an array again: it is searched three times as fast as numpy's."""
    found = array(numbers.typecode)
    found.frombytes(np.asarray(numbers)[order].tobytes())
    return found


def _has_its_name(place: _Place, message: Message) -> bool:
    """Whether both have one name, and the id of one of them is made of it, as in exports without ids."""
    name = message.sender_name
    return name != "" and name == place.name and name in (_own(place.sender_id), _own(message.sender_id))


def _own(sender_id: str) -> str:
    return sender_id.partition(":")[2]

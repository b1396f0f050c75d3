"""What answers what in the whole export: a chain of replies runs through messages that are in no sample, too."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from doppel.split.facts import as_ints, chat_key, message_keys
from doppel.split.lookup import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from doppel.split.facts import Ints
    from doppel.types import Funnel, Message, Sample, Split


class Replies:
    """Which message answers which, as numbers: 24 bytes for each message that answers one."""

    def __init__(self) -> None:
        self._chats, self._answerers, self._answered = (array("q") for _ in range(3))
        self._numbers: dict[str, int] = {}  # chat_id -> its place in the order of appearance

    def see(self, messages: Iterable[Message]) -> None:
        """Takes note of those messages that answer one."""
        for message in messages:
            if message.reply_to is None:
                continue
            self._chats.append(self._numbers.setdefault(message.chat_id, len(self._numbers)))
            self._answerers.append(hash(message.message_id))
            self._answered.append(hash(message.reply_to))

    def under(self, shown: Callable[[str], str]) -> Replies:
        """The same replies in chats of other ids: those that samples show."""
        renamed = Replies()
        renamed._chats, renamed._answerers, renamed._answered = self._chats, self._answerers, self._answered
        renamed._numbers = {shown(chat_id): number for chat_id, number in self._numbers.items()}
        return renamed

    def keys(self) -> tuple[Ints, Ints]:
        """(R,) `message_keys` of the messages that answer, and (R,) of what they answer."""
        chats = np.array([chat_key(chat_id) for chat_id in self._numbers], dtype=np.int64)[as_ints(self._chats)]
        return message_keys(chats, as_ints(self._answerers)), message_keys(chats, as_ints(self._answered))


@runtime_checkable
class FollowsReplies(Protocol):
    """A split that asks what answers what in the whole export."""

    def follow(self, replies: Replies) -> None:
        """Called before the samples come."""
        ...

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """The parts. Raises: DataError."""
        ...


def led_to(keys: Ints, answerers: Ints, answered: Ints) -> Ints:
    """What the messages of these keys lead to: themselves, or over any number of the given replies the last one.

    By doubling: after n rounds all chains of 2**n replies are at their end. One that bites its own tail ends somewhere.
    """
    answerers, first = np.unique(answerers, return_index=True)
    answered = answered[first]
    if not len(answerers):
        return keys
    onward = places(answered, answerers)
    onward = np.where(onward < 0, np.arange(len(answerers)), onward)
    for _ in range(len(answerers).bit_length()):
        onward = onward[onward]
    at = places(keys, answerers)
    return np.where(at < 0, keys, answered[onward[at]])

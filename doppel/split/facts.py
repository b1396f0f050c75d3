"""What a split knows of samples: a few numbers for each, as the samples themselves stay on the disk."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from doppel.types import Sample

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SCATTERED = -1
ODD = -7046029254386353131  # 2**64 divided by the golden ratio: spreads neighbours over all of int64

NO_REPLIES = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Facts:
    """Of S samples that were made of N sessions, in which R messages from elsewhere are answered."""

    order: Ints  # (S,) positions in order of time
    sessions: Ints  # (S,) the session of each sample, 0 to N - 1
    starts: Ints  # (N,) microseconds since 1970: of the first message in any of its samples
    ends: Ints  # (N,) of the last
    learnt: Ints  # (N,) learnt turns
    chats: Ints  # (N,) `chat_key`
    is_timed: Flags  # (N,) False: starts and ends are made up
    messages: Ints  # (N,) different ones in its samples; SCATTERED where those do not come one after another
    answered: Ints  # (R,) `message_keys` of messages that are not in the sample, ...
    answerers: Ints  # (R,) ... and the sessions that answer them
    replies: tuple[Ints, Ints]  # `message_keys` of all messages of the export that answer one, and of what they answer


def facts_of(samples: Iterable[Sample], replies: tuple[Ints, Ints] = NO_REPLIES) -> Facts:
    """The facts of samples in one pass: about 70 bytes for each sample and 16 for each reply out of it."""
    starts, ends, learnt, chats, is_timed, sessions, answered, answerers, messages = (array("q") for _ in range(9))
    fresh = Fresh()
    chat_id, chat = None, 0
    for position, sample in enumerate(samples):
        if sample.chat_id != chat_id:
            chat_id, chat = sample.chat_id, chat_key(sample.chat_id)
        starts.append(microseconds(sample.started_at))
        ends.append(microseconds(sample.ended_at))
        learnt.append(sum([turn.is_learnt for turn in sample.turns]))
        messages.append(fresh(sample))
        chats.append(chat)
        is_timed.append(sample.is_timed)
        sessions.append(hash(sample.session_id))  # equal for two by a chance of 1e-7 in a million: then kept together
        for message_id in sample.replies_to:
            answered.append(hash(message_id))  # itself, unless it is larger than an int64 can be
            answerers.append(position)
    order = np.argsort(as_ints(starts), kind="stable")
    _, first, of_sample = np.unique(as_ints(sessions), return_index=True, return_inverse=True)
    session_starts, session_ends = as_ints(starts)[first], as_ints(ends)[first]
    np.minimum.at(session_starts, of_sample, as_ints(starts))
    np.maximum.at(session_ends, of_sample, as_ints(ends))
    of_session = as_ints(chats)[first]
    return Facts(
        order,
        of_sample,
        session_starts,
        session_ends,
        _summed(as_ints(learnt), of_sample, len(first)),
        of_session,
        as_ints(is_timed)[first] != 0,
        _messages(as_ints(messages), of_sample, len(first)),
        message_keys(as_ints(chats)[as_ints(answerers)], as_ints(answered)),
        of_sample[as_ints(answerers)],
        replies,
    )


class Fresh:
    """Counts the messages of a sample that those right before it in its session have not."""

    def __init__(self) -> None:
        self._session: str | None = None
        self._seen = frozenset[int]()

    def __call__(self, sample: Sample) -> int:
        """How many."""
        messages = frozenset(sample.message_ids)
        if sample.session_id != self._session:
            self._session, self._seen = sample.session_id, messages
            return len(messages)
        before = len(self._seen)
        self._seen |= messages
        return len(self._seen) - before


def _summed(numbers: Ints, of_sample: Ints, sessions: int) -> Ints:
    sums = np.zeros(sessions, dtype=np.int64)
    np.add.at(sums, of_sample, numbers)
    return sums


def _messages(fresh: Ints, of_sample: Ints, sessions: int) -> Ints:
    found = _summed(fresh, of_sample, sessions)
    begun = of_sample[np.flatnonzero(np.diff(of_sample, prepend=-1))]
    found[np.bincount(begun, minlength=sessions) > 1] = SCATTERED
    return found


def as_ints(numbers: array[int]) -> Ints:
    """The numbers of an array("q"), copied."""
    return np.array(numbers, dtype=np.int64)


def chat_key(chat_id: str) -> int:
    """A number for a chat: the same in every run, so that chats can be drawn by it."""
    return int.from_bytes(blake2b(chat_id.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


def message_keys(chats: Ints, message_ids: Ints) -> Ints:
    """A number for each message, from its `chat_key` and its hashed id: different ones within a chat."""
    return message_ids * ODD + chats


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment(since_1970: float) -> datetime:
    """The inverse of `microseconds`."""
    return EPOCH + timedelta(microseconds=since_1970)

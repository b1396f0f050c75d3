"""A conversation is a tree of replies, whatever else is said meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.sessions.conversation import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message, PositiveFloat, Session


class ReplyChains:
    """Gathers what answers what, for groups in which several talk at once. Holds one chat in memory.

    `attach_gap_minutes`: a message that is no reply goes on with the conversation of the message before it in the same
    topic where the silence is not longer, else it begins one; None: messages that neither reply nor are replied to are
    left out. A reply to what is no longer there counts as none.
    """

    def __init__(self, *, attach_gap_minutes: PositiveFloat | None) -> None:
        self.attach_gap = None if attach_gap_minutes is None else timedelta(minutes=attach_gap_minutes)

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """The sessions of each chat, by their first messages; each in order of time, its branches as they came."""
        kept = alone = dangling = 0
        for _, group in groupby(messages, key=attrgetter("chat_id")):
            forest = _Forest(list(group))
            dangling += forest.link(self.attach_gap)
            for conversation, before in forest.conversations():
                if self.attach_gap is None and len(conversation) == 1:
                    alone += 1
                    funnel.example("sessions", conversation[0])
                    continue
                kept += len(conversation)
                yield session(conversation, before)
        why = "that neither reply nor are replied to (sessions.attach_gap_minutes)" if alone else ""
        funnel.add("sessions", kept=kept, dropped=alone, unit="messages", why=why)
        if dangling:
            funnel.note(f"sessions: {dangling:,} replies are to messages that are not there: deleted, or left out.")


@dataclass(slots=True)
class _Forest:
    """The messages of a chat as sets that grow together (union-find); each set is known by its earliest message."""

    chat: list[Message]
    roots: list[int] = field(init=False)  # position -> position of an earlier message of its set, or its own

    def __post_init__(self) -> None:
        self.roots = list(range(len(self.chat)))

    def link(self, attach_gap: timedelta | None) -> int:
        """Joins replies with what they answer; how many answer nothing that is there."""
        positions = {message.message_id: place for place, message in enumerate(self.chat) if not message.is_break}
        latest: dict[str | None, int] = {}  # topic -> position of its last message, since the last break
        dangling = 0
        for place, message in enumerate(self.chat):
            if message.is_break:
                if message.topic is None:  # ends all topics, as in other sessions
                    latest.clear()
                latest.pop(message.topic, None)
                continue
            quoted = None if message.reply_to is None else positions.get(message.reply_to)
            dangling += quoted is None and message.reply_to is not None
            if quoted is None and attach_gap is not None:
                quoted = latest.get(message.topic)
                if quoted is not None and message.sent_at - self.chat[quoted].sent_at > attach_gap:
                    quoted = None
            if quoted is not None:
                self._join(place, quoted)
            latest[message.topic] = place
        return dangling

    def conversations(self) -> Iterator[tuple[list[Message], Message | None]]:
        """Each set, in order of its earliest message, and what the chat had right before that."""
        found: dict[int, tuple[list[Message], Message | None]] = {}
        before: Message | None = None
        for place, message in enumerate(self.chat):
            if not message.is_break:
                found.setdefault(self._root(place), ([], before))[0].append(message)
                before = message
        yield from found.values()

    def _root(self, place: int) -> int:
        roots = self.roots
        while roots[place] != place:
            roots[place] = roots[roots[place]]  # halves the path for whoever asks next
            place = roots[place]
        return place

    def _join(self, left: int, right: int) -> None:
        left, right = sorted((self._root(left), self._root(right)))
        self.roots[right] = left

"""A conversation ends where nobody writes for a while."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.sessions.conversation import conversations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message, PositiveFloat, Session


class SplitByGap:
    """Cuts each chat wherever the silence is longer than `max_gap_minutes`. Holds the conversations under way.

    `topics`: whether each topic of a forum, or thread, has conversations of its own, which then run side by side.
    """

    def __init__(self, *, max_gap_minutes: PositiveFloat, topics: bool) -> None:
        self.max_gap = timedelta(minutes=max_gap_minutes)
        self.topics = topics

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """The sessions of each chat in turn, their messages in order of time."""
        total = 0
        for _, chat in groupby(messages, key=attrgetter("chat_id")):
            for session in conversations(chat, self.max_gap, topics=self.topics):
                total += len(session.messages)
                yield session
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")

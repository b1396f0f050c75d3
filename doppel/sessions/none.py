"""A chat is one conversation, whatever its silences."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.sessions.conversation import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message, Session


class WholeChats:
    """One session a chat, which is held in memory. Nothing can then be held out by time unless there are several."""

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """One session for each chat; more only where something stood that may not be shown."""
        total = 0
        for _, group in groupby(messages, key=attrgetter("chat_id")):
            chat: list[Message] = []
            before: Message | None = None
            for message in group:
                if not message.is_break:
                    chat.append(message)
                elif chat:
                    total += len(chat)
                    yield session(chat, before)
                    chat, before = [], chat[-1]
            if chat:
                total += len(chat)
                yield session(chat, before)
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")

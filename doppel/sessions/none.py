"""A chat is one conversation, whatever its silences."""

from __future__ import annotations

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
        chat: list[Message] = []
        for message in messages:
            if chat and (message.is_break or message.chat_id != chat[0].chat_id):
                yield session(chat)
                chat = []
            if not message.is_break:
                total += 1
                chat.append(message)
        if chat:
            yield session(chat)
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")

"""A chat is one conversation, whatever its silences."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.types import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message


class WholeChats:
    """One session a chat. Nothing can then be held out by time unless there are several chats."""

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """One session for each chat, its messages in order of time."""
        total = 0
        for _, group in groupby(messages, key=attrgetter("chat_id")):
            chat = sorted(group, key=attrgetter("sent_at", "message_id"))
            total += len(chat)
            yield Session(chat[0].chat_id, chat[0].chat_name, tuple(chat))
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")

"""Messages and what became of them, in short."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from doppel.types import Funnel, Message, Session

T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)


def said(number: int, minutes: float, chat: str = "p:1", **more: Any) -> Message:
    return Message(
        chat_id=chat,
        chat_name="Ann",
        chat_kind="personal",
        message_id=number,
        sent_at=T0 + timedelta(minutes=minutes),
        sender_id="user2",
        sender_name="Ann",
        text="hi",
        **more,
    )


def cut(stage: Callable[[Iterator[Message], Funnel], Iterator[Session]], *messages: Message) -> list[list[int]]:
    """The message_ids of each session."""
    return ids(stage(iter(messages), Funnel()))


def ids(sessions: Iterator[Session]) -> list[list[int]]:
    return [[message.message_id for message in session.messages] for session in sessions]

"""The mark that is left where a message may not be shown and conversations end."""

from __future__ import annotations

from doppel.types import Message


def break_mark(message: Message) -> Message:
    """A message without words, sender's name or anything else that was said: only where and when it stood."""
    return Message(
        chat_id=message.chat_id,
        chat_name=message.chat_name,
        chat_kind=message.chat_kind,
        message_id=message.message_id,
        sent_at=message.sent_at,
        sender_id=message.sender_id,
        sender_name="",
        text="",
        is_break=True,
    )

"""Whose account a Telegram export is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.source.telegram_chat import Chat


class OwnerSigns:
    """What one file shows of its owner."""

    def __init__(self) -> None:
        self.saved: str | None = None
        self.others: set[str] = set()  # who speaks to the other one, in personal chats of two

    def add(self, chat: Chat, senders: set[str]) -> None:
        """Adds a chat and who speaks in it."""
        if chat.kind == "saved":
            self.saved = chat.peer
        if chat.kind == "personal" and len(senders) == 2 and chat.peer in senders:
            self.others |= senders - {chat.peer}

    def owner(self, user_id: int | None) -> str | None:
        """By personal_information; else by Saved Messages, whose chat id it is; else the one who speaks to the other
        one in each personal chat. None where nothing tells, or the chats contradict each other.
        """
        if user_id is not None:
            return f"user{user_id}"
        return self.saved or (next(iter(self.others)) if len(self.others) == 1 else None)

"""Keeps chats of the wanted kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import ChatKind, Message


class ChatKinds:
    """Leaves out what was written in chats of other kinds."""

    looks_at = ("chat_kind",)

    def __init__(self, *, kinds: list[ChatKind]) -> None:
        self.kinds = frozenset(kinds)
        self.why = f"in chats of a kind other than {', '.join(kinds)}"

    def __call__(self, message: Message) -> Message | None:
        """The message where its chat is of a wanted kind."""
        return message if message.chat_kind in self.kinds else None

"""Leaves out groups in which one person alone speaks: there is no one to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Message


class OnlyMine:
    """Leaves out groups whose messages all have one sender.

    Telegram's full export keeps, of groups, only one's own messages unless "Only my messages" is unticked. Without
    the others, what was an answer looks like a monologue.
    """

    why = "in groups where one person alone speaks"

    def keeps_chat(self, messages: Sequence[Message]) -> bool:
        """Whether this is no group, or more than one person speaks in it."""
        if messages[0].chat_kind != "group":
            return True
        first = messages[0].sender_id
        return any(message.sender_id != first for message in messages)

    def advice(self, chats: int) -> str:
        """How to get the missing messages."""
        return (
            f"{chats:,} {'group holds' if chats == 1 else 'groups hold'} the messages of one person only. "
            'To learn from groups, export again with "Only my messages" unticked '
            "(Settings > Advanced > Export Telegram data)."
        )

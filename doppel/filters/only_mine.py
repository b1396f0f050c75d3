"""Leaves out groups in which one person alone speaks: there is no one to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Message, People

GROUPS = ("group", "public_group")


class OnlyMine:
    """Leaves out groups in which at most one person said anything, service messages and forwards not counted.

    Telegram's full export keeps, of groups, only one's own messages unless "Only my messages" is unticked. Without
    the others, what was an answer looks like a monologue.
    """

    looks_at = ("chat_id",)
    why = "in groups where one person alone speaks"

    def __init__(self) -> None:
        self.lonely: frozenset[str] = frozenset()
        self.left_out: set[str] = set()

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:  # noqa: ARG002
        """Finds the groups of one speaker."""
        chats = people.by_chat.values()
        self.lonely = frozenset(chat.chat_id for chat in chats if chat.kind in GROUPS and len(chat.own_words) < 2)

    def __call__(self, message: Message) -> Message | None:
        """The message where someone else speaks in its group."""
        if message.chat_id not in self.lonely:
            return message
        self.left_out.add(message.chat_id)
        return None

    def notes(self) -> list[str]:
        """How to get the missing messages."""
        groups = len(self.left_out)
        if not groups:
            return []
        return [
            f"{groups:,} {'group holds' if groups == 1 else 'groups hold'} the messages of one person only. "
            'To learn from groups, export again with "Only my messages" unticked '
            "(Telegram: Settings > Advanced > Export Telegram data)."
        ]

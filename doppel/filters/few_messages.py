"""Leaves out chats in which hardly anything was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Message, People, PositiveInt


class FewMessages:
    """Leaves out chats with fewer than `min_messages` that are neither service messages nor forwards."""

    looks_at = ("chat_id",)

    def __init__(self, *, min_messages: PositiveInt) -> None:
        self.min_messages = min_messages
        self.left_out: frozenset[str] = frozenset()
        self.why = f"in chats with fewer than {min_messages:,} messages (filters.few_messages.min_messages)"

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:  # noqa: ARG002
        """Finds the small chats."""
        chats = people.by_chat.values()
        self.left_out = frozenset(chat.chat_id for chat in chats if sum(chat.own_words.values()) < self.min_messages)

    def __call__(self, message: Message) -> Message | None:
        """The message where enough was said in its chat."""
        return None if message.chat_id in self.left_out else message

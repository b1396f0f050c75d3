"""Leaves out what programs wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.filters.found import found_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Message, People


class Bots:
    """Leaves out the messages of bots, in groups too, and everything in chats with them.

    An export seldom says in a group that a sender is a bot; whoever has a bot chat of his own in it is one.
    """

    looks_at = ("chat_kind", "is_bot", "sender_id")
    why = "written by bots, or to them"

    def __init__(self, *, also: list[str | int]) -> None:
        self.also = also
        self.ids: frozenset[str] = frozenset()

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:
        """Learns who is a bot. Raises: DataError for one of `also` who is nobody."""
        ids = {f"user{chat.chat_id.partition(':')[2]}" for chat in people.by_chat.values() if chat.kind == "bot"}
        self.ids = frozenset(ids) | found_ids("filters.bots.also", self.also, find)

    def __call__(self, message: Message) -> Message | None:
        """The message where no bot takes part in it."""
        if message.is_bot or message.chat_kind == "bot" or message.sender_id in self.ids:
            return None
        return message

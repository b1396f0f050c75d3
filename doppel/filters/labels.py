"""Keeps what a data set labels as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.filters.mark import break_mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Message, People


class Labels:
    """Leaves out messages with another label, such as an emotion or a subject; conversations end there.

    With `whole_chats`, everything in a chat that has one such message: in data sets each dialogue is a chat. What has
    no label stays.
    """

    def __init__(self, *, keep: list[str], whole_chats: bool) -> None:
        self.keep = frozenset(label.casefold() for label in keep)
        self.whole_chats = whole_chats
        self.left_out: frozenset[str] = frozenset()
        others = f"a label other than {', '.join(keep)}"
        self.why = f"in dialogues with {others}" if whole_chats else f"with {others}; conversations end there"

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:  # noqa: ARG002
        """Finds the chats that have another label."""
        if self.whole_chats:
            chats = people.by_chat.values()
            self.left_out = frozenset(chat.chat_id for chat in chats if not all(map(self._is_kept, chat.labels)))

    def __call__(self, message: Message) -> Message | None:
        """The message where its label is wanted, or where all of its chat are; the mark of a break for a single one."""
        if self.whole_chats:
            return None if message.chat_id in self.left_out else message
        return message if message.label is None or self._is_kept(message.label) else break_mark(message)

    def _is_kept(self, label: str) -> bool:
        return label.casefold() in self.keep

"""Leaves out people without a name: deleted accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Message, People


class Nameless:
    """Leaves out messages of senders without a name, and with `whole_chats` their personal chats, both sides of them.

    Service messages are not judged: many have no sender at all.
    """

    looks_at = ("chat_id", "is_service", "sender_name")

    def __init__(self, *, whole_chats: bool) -> None:
        self.whole_chats = whole_chats
        self.chats: frozenset[str] = frozenset()
        self.why = "of people without a name: deleted accounts"

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:  # noqa: ARG002
        """Finds the personal chats with someone who has no name."""
        nameless = {speaker.speaker_id for speaker in people.by_id.values() if not speaker.names}
        chats = (chat for chat in people.by_chat.values() if self.whole_chats and chat.kind == "personal")
        self.chats = frozenset(chat.chat_id for chat in chats if not nameless.isdisjoint(chat.own_words))

    def __call__(self, message: Message) -> Message | None:
        """The message where its sender has a name."""
        if message.sender_name and message.chat_id not in self.chats:
            return message
        return message if message.is_service else None

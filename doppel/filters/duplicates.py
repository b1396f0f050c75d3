"""Leaves out long texts that the same person sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.filters.seen import Seen

if TYPE_CHECKING:
    from doppel.types import Message, PositiveInt


class Duplicates:
    """Leaves out a text of at least `min_chars` characters that its sender sent before, in any chat.

    Pasted invitations and greetings, repeated to many people, are learnt by heart. Short ones ("ok") are speech.
    """

    def __init__(self, *, min_chars: PositiveInt) -> None:
        self.min_chars = min_chars
        self.seen = Seen()
        self.why = f"of {min_chars:,} characters or more that the same person had sent before"

    def __call__(self, message: Message) -> Message | None:
        """The message where it is short, or new."""
        text = message.text
        if len(text) < self.min_chars or self.seen.add(f"{message.sender_id}\n{text}"):
            return message
        return None

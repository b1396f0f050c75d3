"""Leaves out forwarded messages: the words of someone else under the sender's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class Forwards:
    """Leaves out what was forwarded. doppelganger trains on forwards as if they were one's own words."""

    looks_at = ("is_forwarded",)
    why = "forwarded: someone else's words"

    def __call__(self, message: Message) -> Message | None:
        """The message where it is the sender's own."""
        return None if message.is_forwarded else message

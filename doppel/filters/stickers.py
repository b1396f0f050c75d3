"""Turns a sticker into the emoji it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class Stickers:
    """Gives a sticker without words its emoji as text; leaves nothing out."""

    why = ""

    def __call__(self, message: Message) -> Message:
        """The message, a wordless sticker as its emoji."""
        if message.sticker_emoji and not message.text:
            return replace(message, text=message.sticker_emoji)
        return message

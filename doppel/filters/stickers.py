"""Turns a sticker into the emoji it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Message


class Stickers:
    """Gives a sticker without words its emoji as text; leaves nothing out."""

    why = ""

    def __init__(self) -> None:
        self.replaced = 0

    def __call__(self, message: Message) -> Message:
        """The message, a wordless sticker as its emoji."""
        if message.sticker_emoji is None or message.text or not message.sticker_emoji:
            return message
        self.replaced += 1
        return replace(message, text=message.sticker_emoji)

    def changes(self) -> Mapping[str, int]:
        """How many stickers are emoji now."""
        return {"stickers": self.replaced} if self.replaced else {}

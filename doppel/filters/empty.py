"""Leaves out messages without words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class Empty:
    """Leaves out photos, voice messages and files that have no caption."""

    why = "without words: photos, voice messages, files"

    def __call__(self, message: Message) -> Message | None:
        """The message where it has words."""
        return message if message.text and not message.text.isspace() else None

"""Leaves out messages that an inline bot wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class ViaBot:
    """Leaves out what was sent through a bot: GIF searches, game results."""

    looks_at = ("via_bot",)
    why = "made by an inline bot"

    def __call__(self, message: Message) -> Message | None:
        """The message where no bot made it."""
        return message if message.via_bot is None else None

"""Leaves out what the messenger itself wrote: calls, joins, pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class Service:
    """Leaves out service messages."""

    looks_at = ("is_service",)
    why = "written by the messenger itself: calls, joins, pins"

    def __call__(self, message: Message) -> Message | None:
        """The message where a person wrote it."""
        return None if message.is_service else message

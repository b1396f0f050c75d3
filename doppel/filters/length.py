"""Leaves out very long messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message, PositiveInt


class Length:
    """Leaves out messages of more than `max_chars` characters: pasted articles, logs, code."""

    def __init__(self, *, max_chars: PositiveInt) -> None:
        self.max_chars = max_chars
        self.why = f"longer than {max_chars:,} characters (filters.length.max_chars)"

    def __call__(self, message: Message) -> Message | None:
        """The message where it is short enough."""
        return message if len(message.text) <= self.max_chars else None

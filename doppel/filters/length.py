"""Leaves out very short and very long messages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Message, PositiveInt


class Length:
    """Leaves out words of fewer than `min_chars` or more than `max_chars` characters, spaces at the ends not counted.

    Messages without words are not judged. Raises: ConfigError where no length is left.
    """

    def __init__(self, *, min_chars: PositiveInt, max_chars: PositiveInt | None) -> None:
        if max_chars is not None and max_chars < min_chars:
            raise ConfigError(
                f"filters.length keeps nothing: its longest, {max_chars:,} characters, is shorter than its shortest, "
                f"{min_chars:,}; set filters.length.min_chars or filters.length.max_chars"
            )
        self.min_chars = min_chars
        self.max_chars = sys.maxsize if max_chars is None else max_chars
        limits = [f"shorter than {min_chars:,}"] * (min_chars > 1)
        limits += [f"longer than {max_chars:,}"] if max_chars is not None else []
        self.why = f"{' or '.join(limits)} characters (filters.length)" if limits else ""

    def __call__(self, message: Message) -> Message | None:
        """The message where it is neither too short nor too long."""
        chars = len(message.text.strip())
        return message if not chars or self.min_chars <= chars <= self.max_chars else None

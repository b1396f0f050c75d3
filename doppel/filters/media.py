"""What becomes of pictures, voice messages and files that have no words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from doppel.filters.mark import break_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Message


class Media:
    """Gives media without words a placeholder, or ends the conversation there, or leaves them out.

    `breaks` goes before `skip`, and `skip` before `placeholders`; kinds in none of them stay as they are.
    """

    def __init__(self, *, placeholders: dict[str, str], breaks: list[str], skip: list[str]) -> None:
        self.breaks = frozenset(breaks)
        self.skip = frozenset(skip)
        self.placeholders = dict(placeholders)
        self.replaced: Counter[str] = Counter()
        self.why = "media without words, of the kinds in filters.media.breaks and filters.media.skip"

    def __call__(self, message: Message) -> Message | None:
        """The message with a placeholder for its text, or the mark of a break."""
        kind = message.media
        if kind is None or (message.text and not message.text.isspace()):
            return message
        if kind in self.breaks:
            return break_mark(message)
        if kind in self.skip:
            return None
        placeholder = self.placeholders.get(kind)
        if not placeholder:
            return message
        self.replaced[kind] += 1
        return replace(message, text=placeholder)

    def changes(self) -> Mapping[str, int]:
        """Placeholders by kind of media."""
        return self.replaced

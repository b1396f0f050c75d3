"""Leaves out messages with blocked words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message


class Words:
    """Leaves out messages that hold one of `words` as a whole word, or one of `parts` anywhere, in any case.

    A word may be several ("project x"). What is blocked is shown nowhere.
    """

    why = "with a blocked word (filters.words)"

    def __init__(self, *, words: list[str], parts: list[str]) -> None:
        folded = [word.strip().casefold() for word in words if word.strip()]
        self.parts = tuple(part.casefold() for part in parts if part)
        self.stems = (*self.parts, *folded)
        self.is_idle = not self.stems
        self.whole = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in folded) or r"(?!)")

    def __call__(self, message: Message) -> Message | None:
        """The message where it holds none of them."""
        return None if self.hides(message) else message

    def hides(self, message: Message) -> bool:
        """Whether it holds one."""
        text = message.text.casefold()
        if not any(stem in text for stem in self.stems):
            return False
        return any(part in text for part in self.parts) or self.whole.search(text) is not None

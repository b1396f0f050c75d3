"""Takes out what programs write in the place of media they did not keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.filters.rewrite import rewritten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Message

DIRECTIONS = "\u200e\u200f\u202a\u202c\ufeff"  # marks that WhatsApp puts around its placeholders
MARKS = f"{DIRECTIONS} \n."
BEGIN_CHARS = 3


class Placeholders:
    """Cuts the texts of `anywhere` out, and leaves out messages that are nothing but a placeholder.

    Those of `alone` count only where they are the whole message, as people may say them too.
    """

    why = "placeholders of media that the export does not hold, or of deleted messages"

    def __init__(self, *, anywhere: list[str], alone: list[str]) -> None:
        self.alone = frozenset(text.strip(MARKS).casefold() for text in alone)
        # Cheap tests first: hardly any message begins or goes on like a placeholder.
        written = {form for text in self.alone for form in (text, text.capitalize(), text.upper())}
        marked = {mark + text for mark in DIRECTIONS for text in written}
        self.begins = frozenset(text[:BEGIN_CHARS] for text in written | marked)
        self.starts = tuple(sorted({start for text in anywhere for start in (text[:1].lower(), text[:1].upper())}))
        ordered = sorted(filter(None, anywhere), key=len, reverse=True)  # the longest of those that begin alike
        self.pattern = re.compile("|".join(map(re.escape, ordered)) or r"(?!)", re.IGNORECASE)
        self.cut = 0

    def __call__(self, message: Message) -> Message | None:
        """The message without placeholders, where words are left."""
        text = message.text
        begin = text[:BEGIN_CHARS]
        if begin in self.begins and text.strip(MARKS).casefold() in self.alone:
            return None
        for start in self.starts:
            if start in text:
                return self._cleaned(message)
        return message

    def _cleaned(self, message: Message) -> Message | None:
        spans = [match.span() for match in self.pattern.finditer(message.text)]
        if not spans:
            return message
        answer = rewritten(message, spans, "")
        if not answer.text.strip(MARKS):
            return None
        self.cut += len(spans)
        return answer

    def changes(self) -> Mapping[str, int]:
        """How many placeholders are gone from texts that stayed."""
        return {"placeholders": self.cut} if self.cut else {}

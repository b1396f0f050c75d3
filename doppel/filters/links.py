"""What becomes of web addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from doppel.filters.rewrite import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Message

ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}://|\bwww\.|\bt\.me/)\S+", re.IGNORECASE)
ENDINGS = ".,;:!?)]}>\"'\u00bb\u2026"  # punctuation after an address, not part of it
WHY = {
    "drop": "with a link",
    "drop_bare": "of nothing but links",
    "strip": "of nothing but links; elsewhere links are cut out",
    "replace": "",
}


class Links:
    """Leaves out messages with links, or cuts the links out, or puts a placeholder in their place.

    A persona cannot know real addresses: it would learn a few by heart and make up the rest.
    """

    def __init__(self, *, action: Literal["drop", "drop_bare", "strip", "replace"], placeholder: str) -> None:
        self.action = action
        self.by = placeholder if action == "replace" else ""
        self.why = WHY[action]
        self.cut = 0

    def __call__(self, message: Message) -> Message | None:
        """The message without links, where words are left."""
        text = message.text
        if not ("://" in text or ("." in text and ("www." in text or "t.me/" in text)) or message.entities):
            return message
        spans = list(_links(message))
        if not spans:
            return message
        if self.action == "drop":
            return None
        answer = rewritten(message, spans, self.by)
        if not answer.text and message.media is None:
            return None
        if self.action == "drop_bare":
            return message
        self.cut += len(spans)
        return answer

    def changes(self) -> Mapping[str, int]:
        """How many links are gone from texts that stayed."""
        return {"links": self.cut} if self.cut else {}


def _links(message: Message) -> Iterator[tuple[int, int]]:
    """Start and end of each link, in order and apart: what looks like one, and what the messenger says is one."""
    text = message.text
    found = [(match.start(), match.start() + len(_trimmed(match[0]))) for match in ADDRESS.finditer(text)]
    for entity in message.entities:
        # Words that only lead somewhere when clicked are words.
        if entity.kind == "link" and "." in (shown := text[entity.start : entity.end]) and len(shown.split()) == 1:
            found.append((entity.start, entity.end))
    end = 0
    for start, stop in sorted(found):
        if start >= end:
            yield start, stop
            end = stop


def _trimmed(address: str) -> str:
    whole = address.rstrip(ENDINGS)
    is_open = whole.count("(") > whole.count(")")  # as in .../wiki/Bark_(dog)
    return address[: len(whole) + 1] if is_open and address[len(whole) :].startswith(")") else whole

"""sigtop's text: a block of fields for each message, then what it says.

Evidence: sigtop's fmt_text.go. A block begins with "From: " or "Type: ", a body after an empty line; quotes have ">"
before their lines, versions of an edited message "|", the newest first.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.loose_values import media_of_type
from doppel.source.signal_chat import ADVICE, DETAIL, ME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.signal_chat import Chats, SignalChat
    from doppel.types import Message

BEGIN = "Conversation: "
FIELD = re.compile(r"(From|Type|Sent|Received|Attachment|Reaction|Edited): (.*)$")
ATTACHMENT = re.compile(r".* \(([\w.+-]+/[\w.+-]+), \d+ bytes\)$")
SENT = "%a, %d %b %Y %H:%M:%S %z"
MAX_LINES = 100_000  # of one message; Signal itself cuts at 64 KiB


class SignalBlocks:
    """Reads the files of sigtop export-messages in its default format."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats

    def read(self, file: File) -> Iterator[Message]:
        """The messages of one conversation. Raises: DataError."""
        chat: SignalChat | None = None
        lines: list[str] = []
        before = ""  # the line above, which may be the first of a block
        for number, line in file.lines():
            if chat is None:
                chat = self.chats.named(line.removeprefix(BEGIN))
                continue
            # A body may have any line, but hardly these, below an empty one.
            is_second = before.startswith("From: ") and not any(lines[-2:-1])
            if line.startswith("Type: ") and (is_second or not before):
                block, lines = (lines[:-1], [before, line]) if before else (lines, [line])
                if (message := self._message(block, chat)) is not None:
                    yield message
            else:
                lines.append(line)
            if len(lines) > MAX_LINES:
                raise DataError(f"{file.label}, line {number:,}: no message has so many lines. {ADVICE}")
            before = line
        if chat is not None and (message := self._message(lines, chat)) is not None:
            yield message

    def _message(self, lines: list[str], chat: SignalChat) -> Message | None:
        found = [match for match in map(FIELD.match, takewhile(FIELD.match, lines)) if match is not None]
        fields = {match[1]: match[2] for match in reversed(found)}  # of several the first
        if "Type" not in fields:
            return None  # the empty lines above the first block
        attachment = ATTACHMENT.match(fields.get("Attachment", ""))
        return chat.message(
            _seconds(fields.get("Sent", "")),
            _sender(fields.get("From", "")),
            _body(lines[len(found) :], is_edited="Edited" in fields),
            media_of_type(attachment[1]) if attachment else "file" if "Attachment" in fields else None,
            is_service=fields["Type"] not in ("incoming", "outgoing"),
        )


def _sender(written: str) -> tuple[str, str]:
    if written == "You":
        return ME, written
    found = DETAIL.match(written)
    if found is None:
        return (f"signal:{written}" if written else ""), written
    return f"signal:{found['detail']}", found["name"]


def _seconds(written: str) -> float | None:
    try:
        return datetime.strptime(written, SENT).timestamp()
    except (ValueError, OverflowError):
        return None


def _body(lines: list[str], *, is_edited: bool) -> str:
    """What was said: without the quote above it; of an edited message its newest version."""
    if is_edited:
        older = [at for at, line in enumerate(lines) if line.startswith("| Version: ")][1:2]
        newest = [line.removeprefix("|").removeprefix(" ") for line in lines[1 : older[0] if older else None]]
        lines = list(dropwhile(lambda line: line.startswith("Version: ") or bool(FIELD.match(line)), newest))
    lines = list(dropwhile(lambda line: not line, lines))
    if lines and lines[0].startswith("> From: "):
        lines = list(dropwhile(lambda line: line.startswith(">"), lines))
    return "\n".join(lines).strip("\n")

"""Signal's messages as text, each beginning with its time, from other programs.

Evidence: signal-export writes "[2020-01-31 12:34:56] Name: text" (sigexport/models.py, Message.to_md; older versions
"[2020-01-31, 12:34] Name: text"), sigtop's text-short "2020-01-31 12:34 Name: text" (fmt_text_short.go),
signalbackup-tools "[Jan 31, 2020 12:34:56] <Name> text" and "*** ..." for what is no text (exporttxt.cc).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from doppel.errors import DataError
from doppel.source.loose_values import media_of_file, media_of_type
from doppel.source.signal_chat import ADVICE, by_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.local_clock import LocalClock
    from doppel.source.signal_chat import Chats, SignalChat
    from doppel.types import Message

ISO = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
NAME = r"(?P<name>[^\n:]{1,200})"
PATTERNS = {
    "markdown": re.compile(rf"\[{ISO},? {CLOCK}\] {NAME}:(?: |$)"),
    "short": re.compile(rf"{ISO} {CLOCK} {NAME}:(?: |$)"),
    "tools": re.compile(
        rf"\[(?P<month>[A-Z][a-z]{{2}}) (?P<day>\d\d), (?P<year>\d{{4}}) {CLOCK}\] "
        r"(?:<(?P<name>[^\n>]{1,200})> |\*\*\* )"
    ),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MAX_CHARS = 1 << 20  # of one message; Signal itself cuts at 64 KiB
MEDIA_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:\.{1,2}/)?(media|exported_stickers)/[^)\n]*\) {0,2}")
REACTIONS = re.compile(r"\n\(- [^\n]+ -\)")
STICKER = re.compile(r"\n\(\( ([^\n]*) \)\)")
DELETED = "(This message was deleted)"
DETAILS = re.compile(r"\[((?:reply to [^\n\]]*|edited|(\d+) attachments?|\w[\w-]* message)(?:, )?)+\] ?")
SENT_FILE = re.compile(r"<(?P<name>[^\n>]{1,200})> sent file(?: \"(?P<file>[^\"]*)\"| of type (?P<type>\S+))?")


class Part(NamedTuple):
    """What is left of a text when the exporting program's own marks are taken off."""

    text: str
    media: str | None = None
    emoji: str | None = None
    is_service: bool = False
    name: str = ""  # of the sender, where only the text tells


class SignalLines:
    """Reads one of the text formats; lines without a time go on with the message above them."""

    def __init__(self, form: str, chats: Chats, clock: LocalClock) -> None:
        self.match = PATTERNS[form].match
        self.part = {"markdown": _markdown, "short": _short, "tools": _tools}[form]
        self.chats, self.clock = chats, clock

    def read(self, file: File) -> Iterator[Message]:
        """The messages of one chat. Raises: DataError."""
        chat = self.chats.of_file(file)
        begun: tuple[float | None, str] | None = None
        lines: list[str] = []
        chars = 0
        for number, line in file.lines():
            found = self.match(line)
            if found is None:
                lines.append(line)
                chars += len(line) + 1
                if chars > MAX_CHARS:
                    raise DataError(f"{file.label}, line {number:,}: no message has so many characters. {ADVICE}")
                continue
            if begun is not None and (message := self._message(chat, begun, lines)) is not None:
                yield message
            begun, lines, chars = (self._seconds(found), found["name"] or ""), [line[found.end() :]], 0
        if begun is not None and (message := self._message(chat, begun, lines)) is not None:
            yield message

    def _message(self, chat: SignalChat, begun: tuple[float | None, str], lines: list[str]) -> Message | None:
        seconds, name = begun
        part = self.part("\n".join(lines), name)
        sender = by_name(name or part.name) if name or part.name else ("", "")
        return chat.message(
            seconds, sender, part.text, part.media, sticker_emoji=part.emoji, is_service=part.is_service
        )

    def _seconds(self, found: re.Match[str]) -> float | None:
        written = found["month"]
        month = int(written) if written.isdecimal() else MONTHS.index(written) + 1 if written in MONTHS else 0
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        if minute > 59 or second > 59:
            return None
        return self.clock.seconds((int(found["year"]), month, int(found["day"])), hour * 3600 + minute * 60 + second)


def _markdown(text: str, _: str) -> Part:
    """signal-export: quote above, then the text, then reactions, stickers and links to the media."""
    text = text.rstrip()
    if text == DELETED:
        return Part("", is_service=True)
    if text.startswith(("\n\n> ", "\n> ")):
        below = text.lstrip("\n").split("\n")
        text = "\n".join(below[next((at for at, line in enumerate(below) if line[:1] != ">"), len(below)) :])
    media = emoji = None
    if "](" in text:
        links = MEDIA_LINK.findall(text)
        text = MEDIA_LINK.sub("", text)
        media = None if not links else "sticker" if links[0][1] != "media" else media_of_file(links[0][0])
    if "\n((" in text and (found := STICKER.search(text)):
        media, emoji, text = "sticker", found[1] or None, STICKER.sub("", text)
    if "\n(-" in text:
        text = REACTIONS.sub("", text)
    return Part(text.strip(), media, emoji)


def _short(text: str, _: str) -> Part:
    """sigtop: details in brackets before the text."""
    found = DETAILS.match(text) if text.startswith("[") else None
    if found is None:
        return Part(text.rstrip("\n"))
    details = found[0].strip()
    if details.endswith(" message]"):
        return Part("", is_service=True)
    return Part(text[found.end() :].rstrip("\n"), "media" if "attachment" in details else None)


def _tools(text: str, name: str) -> Part:
    """signalbackup-tools: *** before files and what happened."""
    text = text.rstrip("\n")
    if name:
        return Part("", "poll") if text.startswith("Poll: ") else Part(text)
    found = SENT_FILE.match(text)
    if found is None:
        return Part("", is_service=True)
    media = media_of_type(found["type"]) if found["type"] else media_of_file(found["file"] or "")
    return Part("", media, name=found["name"])

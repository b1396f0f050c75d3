"""Signal's messages as JSON from other programs: sigtop's arrays and signal-export's lines.

Evidence: sigtop (cmd/sigtop/fmt_json.go) prints the rows of Signal Desktop's database as they are, one file a
conversation; signal-export (sigexport/models.py, Message.dict) prints one object a line into <chat>/data.json.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.json_stream import JsonStream
from doppel.source.loose_values import media_of_file, media_of_type, number_of, object_of, objects_of, word_of
from doppel.source.signal_chat import ADVICE, ME, by_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.local_clock import LocalClock
    from doppel.source.signal_chat import Chats, SignalChat
    from doppel.types import Message

VOICE = 1  # SignalService.AttachmentPointer.Flags.VOICE_MESSAGE


class DesktopRows:
    """sigtop's JSON. `texts` counts the messages that have words: newer databases keep them elsewhere."""

    def __init__(self, chats: Chats, *, has_several: bool) -> None:
        self.chats, self.has_several = chats, has_several
        self.texts = 0

    def read(self, file: File) -> Iterator[Message]:
        """The messages of one conversation. Raises: DataError."""
        named = self.chats.of_file(file)
        with file.open() as stream:
            for row in JsonStream(stream, file.label, ADVICE).elements():
                fields = object_of(row)
                number = word_of(fields.get("conversationId")) or named.name
                message = self._message(fields, self.chats.chat(number, named.name, named.kind))
                if message is not None:
                    yield message

    def _message(self, row: dict[str, Any], chat: SignalChat) -> Message | None:
        sent = number_of(row.get("sent_at", row.get("timestamp")))
        if self.has_several and sent is not None and not chat.ledger.is_new(chat.chat_id, sent):
            return None
        kind = word_of(row.get("type"))
        sticker = object_of(row.get("sticker"))
        emoji = word_of(sticker.get("emoji"), object_of(sticker.get("data")).get("emoji")) or None
        attachments = objects_of(row.get("attachments"))
        text = _with_mentions(word_of(row.get("body")), row)
        self.texts += bool(text)
        return chat.message(
            None if sent is None else sent / 1000,
            self._sender(row, chat),
            text,
            "sticker" if sticker else _media(attachments[0]) if attachments else None,
            sticker_emoji=emoji,
            message_id=sent,
            reply_to=number_of(object_of(row.get("quote")).get("id")),
            is_service=kind not in ("incoming", "outgoing") or bool(row.get("deletedForEveryone")),
        )

    def _sender(self, row: dict[str, Any], chat: SignalChat) -> tuple[str, str]:
        if row.get("type") == "outgoing":
            return ME, "Me"
        source = word_of(row.get("sourceServiceId"), row.get("sourceUuid"), row.get("source"))
        return (f"signal:{source}" if source else ""), chat.name if chat.kind == "personal" else source


class ExportLines:
    """signal-export's data.json: one object a line."""

    def __init__(self, chats: Chats, clock: LocalClock) -> None:
        self.chats, self.clock = chats, clock

    def read(self, file: File) -> Iterator[Message]:
        """The messages of one chat. Raises: DataError naming the line that is damaged."""
        chat = self.chats.of_file(file)
        for number, line in file.lines():
            if not line.strip():
                continue
            try:
                fields = object_of(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise DataError(f"{file.label}, line {number:,}, is no JSON object. {ADVICE}") from error
            sticker = fields.get("sticker")
            emoji = word_of(object_of(sticker).get("emoji"), sticker) or None
            names = [word_of(one.get("name"), one.get("path")) for one in objects_of(fields.get("attachments"))]
            message = chat.message(
                self._seconds(word_of(fields.get("date"))),
                by_name(word_of(fields.get("sender"))),
                word_of(fields.get("body")).rstrip(),
                "sticker" if sticker else media_of_file(names[0]) if names else None,
                sticker_emoji=emoji,
                is_service=bool(fields.get("deleted") or fields.get("call")),
            )
            if message is not None:
                yield message

    def _seconds(self, written: str) -> float | None:
        try:
            date = datetime.fromisoformat(written)
        except ValueError:
            return None
        if date.tzinfo is not None:
            return date.timestamp()
        second = date.hour * 3600 + date.minute * 60 + date.second
        return self.clock.seconds((date.year, date.month, date.day), second)


def _media(attachment: dict[str, Any]) -> str:
    if attachment.get("flags") == VOICE:
        return "voice_message"
    return media_of_type(word_of(attachment.get("contentType")))


def _with_mentions(body: str, row: dict[str, Any]) -> str:
    """The text with names where Signal keeps one U+FFFC for each mention."""
    if "\ufffc" not in body:
        return body
    ranges = [one for one in objects_of(row.get("bodyRanges")) if one.get("replacementText")]
    ranges.sort(key=lambda one: number_of(one.get("start")) or 0)
    for one in ranges:
        body = body.replace("\ufffc", f"@{word_of(one['replacementText'])}", 1)
    return body

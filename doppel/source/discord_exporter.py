"""The JSON files of DiscordChatExporter: one channel each, or one part of a channel."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.angle_markup import Shown, rewrite
from doppel.source.json_stream import JsonStream
from doppel.source.ledger import NO_OBJECT
from doppel.source.loose_values import elements_of, media_of_file, number_of, object_of, objects_of, word_of
from doppel.types import Entity, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

KINDS: dict[str, ChatKind] = {
    "DirectTextChat": "personal",
    "DirectGroupTextChat": "group",
    "GuildPrivateThread": "group",
    "GuildNews": "channel",
}
# Commands of bots are words of bots: the filter for bots takes them. All other types are what Discord itself says.
WORDS = frozenset(("Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23"))
MARK = re.compile(r"<(?:@!?(?P<user>\d+)|@&(?P<role>\d+)|#(?P<channel>\d+)|a?(?P<emoji>:\w+:)\d+)>")
NO_NAME = "mention people whom the export does not name: <@number> stays there"


class ExporterReader:
    """Reads file after file, and remembers what was no export."""

    why_passed = "no exports of chats"

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.chats: set[str] = set()  # chat_ids read
        self.passed: list[str] = []  # names of files that are something else

    def messages(self, file: File) -> Iterator[Message]:
        """The messages of one file. Raises: DataError for damage, and for a lone file that is something else."""
        self.ledger.place = file.label
        with file.open() as raw:
            stream = JsonStream(raw, file.label, file.advice)
            if stream.peek() != "{":
                return self._pass(file, stream)
            head: dict[str, Any] = {}
            for key in stream.members():
                if key == "messages" and isinstance(head.get("channel"), dict) and stream.peek() == "[":
                    yield from self._channel(head, stream)
                    return None
                if key in ("guild", "channel"):
                    head[key] = stream.value()
            return self._pass(file, stream)

    def _pass(self, file: File, stream: JsonStream) -> None:
        if not stream.peek() and not (stream.before + stream.at):
            raise DataError(f"{file.label} is empty. {file.advice}")
        self.passed.append(file.name)

    def _channel(self, head: dict[str, Any], stream: JsonStream) -> Iterator[Message]:
        channel = Channel(object_of(head.get("guild")), head["channel"], self.ledger)
        self.chats.add(channel.chat_id)
        for fields in elements_of(stream):
            message = channel.message(fields)
            if message is not None:
                yield self.ledger.keep(message)


class Channel:
    """Turns the fields of one channel's messages into messages."""

    def __init__(self, guild: dict[str, Any], channel: dict[str, Any], ledger: Ledger) -> None:
        self.ledger = ledger
        self.number = word_of(channel.get("id"))
        kind = word_of(channel.get("type"))
        name = word_of(channel.get("name")) or self.number
        is_direct = kind.startswith("Direct")
        self.kind: ChatKind = KINDS.get(kind, "public_group")
        self.chat_id = ledger.name(f"discord:{self.number}")
        self.name = ledger.name(name if is_direct else f"{word_of(guild.get('name'))} #{name}".strip())
        self.topic = ledger.name(name) if kind.endswith("Thread") else None
        self.names: dict[str, str] = {}  # of everyone who was mentioned or wrote

    def message(self, fields: Any) -> Message | None:
        """The message, or None where it has no id, no date, or was read before."""
        ledger = self.ledger
        author = fields.get("author") if isinstance(fields, dict) else None
        message_id = number_of(fields.get("id")) if isinstance(author, dict) else None
        if message_id is None or not isinstance(author, dict):
            return ledger.drop(NO_OBJECT)
        sent_at = ledger.moment(seconds_of(fields.get("timestamp")))
        if sent_at is None or not ledger.is_new(self.chat_id, message_id):
            return None
        is_service = word_of(fields.get("type")) not in WORDS and "type" in fields
        number = word_of(author.get("id"), author.get("name")) or "unknown"
        name = self.names[number] = ledger.name(word_of(author.get("nickname"), author.get("name")) or number)
        forwarded = fields.get("forwardedMessage")
        is_forwarded = isinstance(forwarded, dict)
        text, entities = ("", ()) if is_service else self._text(forwarded if is_forwarded else fields)
        return Message(
            chat_id=self.chat_id,
            chat_name=self.name,
            chat_kind=self.kind,
            message_id=message_id,
            sent_at=sent_at,
            sender_id=ledger.name(f"discord:{number}"),
            sender_name=name,
            text=text,
            media=media_of(forwarded if is_forwarded else fields),
            reply_to=None if is_forwarded else self._reply_to(fields.get("reference")),
            is_service=is_service,
            is_forwarded=is_forwarded,
            is_bot=author.get("isBot") is True,
            topic=self.topic,
            entities=entities,
        )

    def _reply_to(self, reference: Any) -> int | None:
        if not isinstance(reference, dict):
            return None
        channel = word_of(reference.get("channelId"))
        return number_of(reference.get("messageId")) if channel in ("", self.number) else None

    def _text(self, fields: dict[str, Any]) -> tuple[str, tuple[Entity, ...]]:
        text = fields.get("content")
        if not isinstance(text, str):
            return "", ()
        mentions = fields.get("mentions")
        if mentions:
            for one in objects_of(mentions):
                name = word_of(one.get("nickname"), one.get("name"))
                self.names[word_of(one.get("id"))] = self.ledger.name(name)
        text = self.ledger.clean(text)
        return shown(text, self.names, self.ledger) if "<" in text else (text, ())


def shown(text: str, names: dict[str, str], ledger: Ledger) -> tuple[str, tuple[Entity, ...]]:
    """The text with mentions by name and emoji by theirs, and where the mentions are."""

    def show(match: re.Match[str]) -> Shown:
        if match["emoji"]:
            return match["emoji"], None
        name = names.get(match["user"] or "")
        ledger.guessed[NO_NAME] += match["user"] is not None and not name
        return (f"@{name}" if name else match[0]), "mention"

    return rewrite(text, MARK, show, str)


def seconds_of(written: Any) -> float:
    """Unix seconds of an ISO time, in UTC where it names no zone; NaN where it is none."""
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def media_of(fields: dict[str, Any]) -> str | None:
    """The kind of the first thing attached."""
    attachments = objects_of(fields.get("attachments"))
    if attachments:
        name = word_of(attachments[0].get("fileName"), attachments[0].get("url"))
        return "voice_message" if name == "voice-message.ogg" else media_of_file(name)
    return "sticker" if fields.get("stickers") else None

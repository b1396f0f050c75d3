"""One message of a Telegram export, of any vintage, as a Message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from doppel.errors import DataError
from doppel.source.id_set import IdSet
from doppel.source.ledger import EPOCH, NO_OBJECT, UNDATED, Ledger
from doppel.source.telegram_fields import Fields, fields_of, is_only_words, media_of
from doppel.source.telegram_numbers import MAX_ID, number_of, seconds_of
from doppel.source.telegram_text import OddText, words_of
from doppel.types import Entity, Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from doppel.source.telegram_chat import Chat

UNNUMBERED = -(1 << 52)  # below every real id, also those of migrated groups (shifted by -1e9)
UNSUPPORTED = "without a date (kinds that the exporting program did not support)"
REPEATED = "with the id of an earlier one in the same chat"
UNKNOWN = "of a type that is neither message nor service"
LOCAL_TIME = "have no date_unixtime: their local time was taken as of source.timezone={timezone}"
BAD_UNIXTIME = "have a date_unixtime that no chat can have: their date was taken, as of source.timezone={timezone}"
NAMED_ONLY = "have no from_id: people are told apart by their display name there"
NUMBERED = "have no id: they were numbered in file order"
ODD_CHAT = "are in chats of a type that Telegram Desktop does not write, kept as kind 'unknown'"


class MessageReader:
    """Turns fields into messages, and counts what it had to leave out or to guess."""

    def __init__(self, ledger: Ledger, zone: ZoneInfo) -> None:
        self.ledger, self.zone = ledger, zone
        self.local_time = LOCAL_TIME.format(timezone=zone.key)
        self.bad_unixtime = BAD_UNIXTIME.format(timezone=zone.key)
        self.latest = EPOCH + timedelta(seconds=ledger.latest)
        self.read = 0
        self.label = ""  # of the file at hand
        self.senders: dict[tuple[Any, Any], tuple[str, str]] = {}  # of the chat at hand: as written -> (id, name)
        self.ids: dict[str, IdSet] = {}  # chat_id -> those of its messages
        self.topics: dict[str, dict[int, str]] = {}  # chat_id -> message_id -> topic, of chats that have topics
        self.topic_starts: dict[str, set[int]] = {}  # chat_id -> message_ids of what created its topics

    def messages(self, label: str, chat: Chat, records: Iterator[Any]) -> Iterator[Message]:
        """Those of a chat that have a date, a known type, and were not read before. Raises: DataError."""
        self.label = label
        self.senders.clear()
        ids = self.ids.setdefault(chat.chat_id, IdSet())
        is_odd = chat.kind == "unknown"
        for record in records:
            self.read += 1
            fields = record if record.__class__ is Fields else fields_of(record)
            if fields is None:
                self._drop(NO_OBJECT, None)
                continue
            message = self._message(chat, fields, ids)
            if message is not None:
                if is_odd:
                    self.ledger.guessed[ODD_CHAT] += 1
                yield message
        ids.settle()

    def _message(self, chat: Chat, fields: Fields, ids: IdSet) -> Message | None:
        sent_at = self._sent_at(fields)
        if sent_at is None:
            return None
        is_service = fields.type == "service"
        if not is_service and fields.type != "message":
            return self._drop(UNKNOWN, fields.id)
        message_id = fields.id
        if message_id.__class__ is not int or not -MAX_ID < message_id < MAX_ID:
            message_id = self._message_id(message_id)
        if not ids.add(message_id):
            return self._drop(REPEATED, message_id)
        if not is_service and not self.topics and is_only_words(fields):
            return self._said(chat, fields, message_id, sent_at)
        return self._made(chat, fields, message_id, sent_at, is_service=is_service)

    def _said(self, chat: Chat, fields: Fields, message_id: int, sent_at: datetime) -> Message:
        """What `_made` makes of words and replies, as most messages are, in half the time."""
        sender_id, sender_name = self._sender(chat, fields)
        text, entities = self._words(fields)
        return Message(
            chat_id=chat.chat_id,
            chat_name=chat.name,
            chat_kind=chat.kind,
            message_id=message_id,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=sender_name,
            text=text,
            reply_to=None if fields.reply_to_message_id is None else _reply_to(fields),
            is_bot=chat.kind == "bot" and sender_id == chat.peer,
            entities=entities,
        )

    def _made(self, chat: Chat, fields: Fields, message_id: int, sent_at: datetime, *, is_service: bool) -> Message:
        if is_service:
            sender_id, sender_name = self._identity(chat, fields.actor_id, fields.actor)
        else:
            sender_id, sender_name = self._sender(chat, fields)
        text, entities = self._words(fields)
        reply_to = _reply_to(fields)
        topic = self._topic(chat, fields, message_id, reply_to) if self.topics or fields.action else None
        if topic is not None and reply_to in self.topic_starts[chat.chat_id]:
            reply_to = None  # Telegram writes so where a post stands: it answers nobody
        return Message(
            chat_id=chat.chat_id,
            chat_name=chat.name,
            chat_kind=chat.kind,
            message_id=message_id,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=sender_name,
            text=text,
            sticker_emoji=None if fields.sticker_emoji is None else self._string(fields.sticker_emoji),
            media=self._media(fields),
            reply_to=reply_to,
            is_service=is_service,
            # Also where the name is null, as its owner hides it.
            is_forwarded=fields.forwarded_from is not UNSET or fields.forwarded_from_id is not UNSET,
            forwarded_from=None if fields.forwarded_from is UNSET else self._string(fields.forwarded_from),
            forwarded_from_id=None if fields.forwarded_from_id is UNSET else self._peer(fields.forwarded_from_id),
            via_bot=None if fields.via_bot is None else self._string(fields.via_bot),
            is_bot=chat.kind == "bot" and sender_id == chat.peer,
            topic=topic,
            entities=entities,
        )

    def _words(self, fields: Fields) -> tuple[str, tuple[Entity, ...]]:
        try:
            text, entities = words_of(fields)
        except OddText as error:
            raise self._odd(fields, f"a text that is {error}") from error
        if text.isascii() and "\0" not in text:
            return text, entities
        clean = self.ledger.clean(text)
        return clean, entities if len(clean) == len(text) else ()  # joined halves of a character move what follows

    def _topic(self, chat: Chat, fields: Fields, message_id: int, reply_to: int | None) -> str | None:
        """A message is in the topic of what it replies to, up to what created it: only the API names that one."""
        topics = self.topics.get(chat.chat_id)
        if fields.action == "topic_created":
            topics = self.topics.setdefault(chat.chat_id, {})
            self.topic_starts.setdefault(chat.chat_id, set()).add(message_id)
            topics[message_id] = self._string(fields.title) or f"#{message_id}"
        if topics is None:
            return None
        topic = topics.get(message_id) or topics.get(reply_to)  # type: ignore[arg-type]
        if topic is None and fields.reply_to_top_id is not None:
            topic = topics.get(number_of(fields.reply_to_top_id))  # type: ignore[arg-type]
        if topic is not None:
            topics[message_id] = topic
        return topic

    def _message_id(self, written: Any) -> int:
        number = number_of(written)
        if number is not None:
            return number
        self.ledger.guessed[NUMBERED] += 1
        return UNNUMBERED + self.read

    def _sender(self, chat: Chat, fields: Fields) -> tuple[str, str]:
        key = (fields.from_id, fields.from_)
        if not fields.from_id:  # some service messages have no actor, but a message has a sender
            self.ledger.guessed[NAMED_ONLY] += 1
        try:
            found = self.senders.get(key)
        except TypeError:  # a list or an object, which no key can hold
            return self._identity(chat, *key)
        if found is None:
            found = self.senders[key] = self._identity(chat, *key)
        return found

    def _identity(self, chat: Chat, number: Any, written: Any) -> tuple[str, str]:
        """(sender_id, name)."""
        name = self.ledger.name(written) if isinstance(written, str) else ""
        return self._peer(number) or (f"name:{name}" if name else f"unknown:{chat.chat_id}"), name

    def _peer(self, number: Any) -> str | None:
        if isinstance(number, str) and number and not number.isdecimal():
            return self.ledger.name(number)
        return f"user{number}" if isinstance(number, int | str) and number else None  # 2020 and 2021: bare numbers

    def _sent_at(self, fields: Fields) -> datetime | None:
        written: Any = fields.date_unixtime
        if written.__class__ is datetime and written.tzinfo is UTC and EPOCH <= written < self.latest:
            return written
        if not written and not fields.date:
            return self._drop(UNSUPPORTED, fields.id)
        seconds = seconds_of(written) if written else None
        if seconds is None:
            seconds = self._from_local(fields.date, self.bad_unixtime if written else self.local_time)
        return self._drop(UNDATED, fields.id) if seconds is None else self.ledger.moment(seconds)

    def _from_local(self, date: Any, guess: str) -> float | None:
        """Seconds since 1970, None where the date is none; `guess` is what is counted where it is one."""
        try:
            sent_at = datetime.fromisoformat(date)
        except (ValueError, TypeError):
            return None
        is_local = sent_at.tzinfo is None
        seconds = seconds_of(sent_at.replace(tzinfo=self.zone) if is_local else sent_at)
        if seconds is not None and (is_local or guess is self.bad_unixtime):
            self.ledger.guessed[guess] += 1
        return seconds

    def _media(self, fields: Fields) -> str | None:
        return media_of(fields) if fields.media_type is None else self._string(fields.media_type)

    def _string(self, value: Any) -> str | None:
        return self.ledger.name(value) if isinstance(value, str) else None

    def _drop(self, reason: str, message_id: Any) -> None:
        self._place(message_id)
        self.ledger.drop(reason)

    def _place(self, message_id: Any) -> None:
        number = number_of(message_id)
        which = f"message {number}" if number is not None else f"the {self.read:,}. message that was read"
        self.ledger.place = f"{self.label}, {which}"

    def _odd(self, fields: Fields, seen: str) -> DataError:
        accepted = "a string, or a list of strings and {type, text} objects"
        self._place(fields.id)
        return DataError(
            f"{self.ledger.place} has {seen}. Telegram Desktop writes {accepted}: "
            f"was the file edited or made by another program? Export it again."
        )


def _reply_to(fields: Fields) -> int | None:
    if fields.reply_to_message_id is None or fields.reply_to_peer_id is not UNSET:  # it is in another chat
        return None
    return number_of(fields.reply_to_message_id)

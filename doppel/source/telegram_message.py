"""One message of a Telegram export, of any vintage, as a Message."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.telegram_json import MEDIA
from doppel.types import Message

if TYPE_CHECKING:
    from pathlib import Path

    from doppel.source.telegram_json import Chat
    from doppel.types import Funnel

UNNUMBERED = -(2**52)  # below every real id, also those of migrated groups (shifted by -1e9)
REPEATED = "with the id of an earlier one in the same chat"
UNDATED = "without a date (kinds that the exporting program did not support)"
UNKNOWN = "of a type that is neither message nor service"
LOCAL_TIME = "have no date_unixtime: their local time was taken as UTC"
NAMED_ONLY = "have no from_id: people are told apart by their display name there"
NUMBERED = "have no id: they were numbered in file order"
ODD_CHAT = "are in chats of a type that Telegram Desktop does not write, kept as kind 'unknown'"


class MessageReader:
    """Turns fields into messages, and counts what it had to leave out or to guess."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.read = 0
        self.kept = 0
        self.dropped: Counter[str] = Counter()
        self.guessed: Counter[str] = Counter()
        self.ids: defaultdict[str, set[int]] = defaultdict(set)

    def message(self, chat: Chat, fields: dict[str, Any]) -> Message | None:
        """The message, or None where it has no date, no known type, or was read before. Raises: DataError."""
        self.read += 1
        reason = self._fault(chat, fields)
        if reason is not None:
            self.dropped[reason] += 1
            return None
        self.kept += 1
        is_service = fields["type"] == "service"
        sender_id, sender_name = self._sender(chat, fields, is_service=is_service)
        if chat.kind == "unknown":
            self.guessed[ODD_CHAT] += 1
        reply_to = _number(fields.get("reply_to_message_id"))
        message_id = _number(fields.get("id"))
        if message_id is None:
            self.guessed[NUMBERED] += 1
        return Message(
            chat_id=chat.chat_id,
            chat_name=chat.name,
            chat_kind=chat.kind,
            message_id=UNNUMBERED + self.read if message_id is None else message_id,
            sent_at=self._sent_at(fields),
            sender_id=sender_id,
            sender_name=sender_name,
            text=self._text(fields),
            sticker_emoji=fields.get("sticker_emoji"),
            media=fields.get("media_type") or next((MEDIA[key] for key in fields if key in MEDIA), None),
            reply_to=None if "reply_to_peer_id" in fields else reply_to,  # that one is in another chat
            is_service=is_service,
            is_forwarded="forwarded_from" in fields,  # present but null when the author's name is hidden
            via_bot=fields.get("via_bot"),
        )

    def _fault(self, chat: Chat, fields: dict[str, Any]) -> str | None:
        if not fields.get("date_unixtime") and not fields.get("date"):
            return UNDATED
        if fields.get("type") not in ("message", "service"):
            return UNKNOWN
        number = _number(fields.get("id"))
        known = self.ids[chat.chat_id]
        if number in known:
            return REPEATED
        if number is not None:
            known.add(number)
        return None

    def _sender(self, chat: Chat, fields: dict[str, Any], *, is_service: bool) -> tuple[str, str]:
        name = str(fields.get("actor" if is_service else "from") or "")
        number = fields.get("actor_id" if is_service else "from_id")
        if number is None:
            self.guessed[NAMED_ONLY] += not is_service  # some service messages have no actor
            return (f"name:{name}" if name else f"unknown:{chat.chat_id}"), name
        written = str(number)
        return (f"user{written}" if written.isdecimal() else written), name  # 2020 and 2021 wrote bare numbers

    def _sent_at(self, fields: dict[str, Any]) -> datetime:
        seconds = fields.get("date_unixtime")
        try:
            if seconds:
                return datetime.fromtimestamp(int(seconds), UTC)
            sent_at = datetime.fromisoformat(fields["date"])
        except (ValueError, TypeError, OverflowError, OSError) as error:
            seen = repr(seconds or fields["date"])
            accepted = "date_unixtime as seconds, date as YYYY-MM-DDTHH:MM:SS"
            raise self._odd(fields, f"the date {seen}", accepted) from error
        if sent_at.tzinfo is None:
            self.guessed[LOCAL_TIME] += 1
            return sent_at.replace(tzinfo=UTC)
        return sent_at.astimezone(UTC)

    def _text(self, fields: dict[str, Any]) -> str:
        text = fields.get("text") or fields.get("text_entities") or ""
        if isinstance(text, str):
            return text
        parts = text if isinstance(text, list) else [None]
        words = [part.get("text") if isinstance(part, dict) else part for part in parts]
        whole = [word for word in words if isinstance(word, str)]
        if len(whole) < len(words):
            seen = f"a text that is {_shape(text)}"
            raise self._odd(fields, seen, "a string, or a list of strings and {type, text} objects")
        return "".join(whole)

    def _odd(self, fields: dict[str, Any], seen: str, accepted: str) -> DataError:
        return DataError(
            f"{self.file}: message {fields.get('id')} has {seen}. Telegram Desktop writes {accepted}: "
            f"was the file edited or made by another program? Export it again."
        )

    def why(self) -> str:
        """What was left out, in words; "" when nothing was."""
        return "; ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())

    def report(self, funnel: Funnel) -> None:
        """The source's line of the funnel, and a note on each guess."""
        funnel.add("source", kept=self.kept, dropped=self.dropped.total(), unit="messages", why=self.why())
        for guess, count in self.guessed.items():
            if count:
                funnel.note(f"source: {count:,} messages {guess}.")


def _shape(text: Any) -> str:
    if isinstance(text, dict):
        return f"an object with the keys {', '.join(text)}"
    return "a list with parts that have no text" if isinstance(text, list) else f"a {type(text).__name__}"


def _number(written: Any) -> int | None:
    try:
        return int(written)
    except (TypeError, ValueError):
        return None

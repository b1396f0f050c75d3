"""One thread of a Meta archive: its people, and its messages as Messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doppel.source.ledger import NO_OBJECT
from doppel.source.loose_values import media_of_file, number_of, objects_of, word_of
from doppel.source.messenger_mojibake import repaired
from doppel.source.messenger_owner import GONE
from doppel.source.messenger_phrases import is_attachment, is_notice
from doppel.types import Message

if TYPE_CHECKING:
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

HEAD_KEYS = frozenset(("participants", "title", "thread_path", "threadName", "thread_type", "messages"))
MEDIA = {
    "photos": "photo",
    "videos": "video_file",
    "audio_files": "audio_file",
    "gifs": "animation",
    "sticker": "sticker",
    "files": "file",
    "share": "share",
}
CALLS = frozenset(("call_duration", "missed"))
NOTICES = frozenset(("Call", "Subscribe", "Unsubscribe", "Payment", "Plan", "call", "admin"))
UNSENT = "unsent by those who wrote them"
MENDED = "mojibake repaired"
NOTICE = "notices in words (calls, likes, changes of the group) taken for service messages"
ATTACHMENT = "'... sent an attachment.' emptied"
GAP = 1_000  # ids between two milliseconds


@dataclass(frozen=True, slots=True)
class Head:
    """What an archive says of a thread."""

    thread_id: str
    title: str
    people: tuple[str, ...]

    @classmethod
    def of(cls, found: dict[str, Any], fallback: str) -> Head:
        """The head from the keys of a file, of either format; `fallback` names what no key does."""
        listed = found.get("participants")
        written = listed if isinstance(listed, list) else []
        people = tuple(repaired(word_of(one.get("name") if isinstance(one, dict) else one)) for one in written)
        path = word_of(found.get("thread_path")).rpartition("/")[2]
        thread_id = path or word_of(found.get("threadName")) or fallback
        title = word_of(found.get("title")) or ", ".join(filter(None, people)) or thread_id
        return cls(repaired(thread_id), repaired(title), tuple(filter(None, people)))


class ThreadReader:
    """Turns the fields of one thread's messages, part after part, into messages."""

    def __init__(self, messenger: str, head: Head, ledger: Ledger) -> None:
        self.messenger, self.ledger = messenger, ledger
        self.chat_id = ledger.name(f"{messenger}:{head.thread_id}")
        self.title = ledger.name(head.title)
        self.people = {ledger.name(name) for name in head.people}
        self.kind: ChatKind = "group" if len(head.people) > 2 else "personal" if head.people else "unknown"
        self.senders: dict[str, tuple[str, str]] = {}  # name as written -> (sender_id, name)
        self.last = (-1, 0)  # milliseconds of the last message, how many before it have the same

    def message(self, fields: Any) -> Message | None:
        """The message, or None where it has no time, was unsent, or was read before."""
        ledger = self.ledger
        if not isinstance(fields, dict):
            return ledger.drop(NO_OBJECT)
        is_encrypted = "senderName" in fields
        milliseconds = number_of(fields.get("timestamp" if is_encrypted else "timestamp_ms"))
        sent_at = ledger.moment(float("nan") if milliseconds is None else milliseconds / 1_000)
        if milliseconds is None or sent_at is None:
            return None
        message_id = self._id(milliseconds)
        if fields.get("is_unsent") is True or fields.get("isUnsent") is True:
            return ledger.drop(UNSENT)
        if not ledger.is_new(self.chat_id, message_id):
            return None
        sender_id, sender = self._sender(word_of(fields.get("senderName" if is_encrypted else "sender_name")))
        text = self._text(fields.get("text" if is_encrypted else "content"))
        media = _media_of_uri(fields) if is_encrypted else next((MEDIA[key] for key in MEDIA if fields.get(key)), None)
        is_service = not CALLS.isdisjoint(fields) or word_of(fields.get("type")) in NOTICES
        if text and not is_service and is_notice(text, sender, self.people):
            ledger.changed[NOTICE] += 1
            is_service = True
        elif text and is_attachment(text, sender):
            ledger.changed[ATTACHMENT] += 1
            text, media = "", media or "file"
        return Message(
            chat_id=self.chat_id,
            chat_name=self.title,
            chat_kind=self.kind,
            message_id=message_id,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=sender,
            text="" if is_service else text,
            media=media,
            is_service=is_service,
        )

    def _id(self, milliseconds: int) -> int:
        """The time, which stays what it is in another archive of the same thread; archives list newest first."""
        before = self.last[1] + 1 if milliseconds == self.last[0] else 0
        self.last = (milliseconds, before)
        return milliseconds * GAP + GAP - 1 - before

    def _sender(self, written: str) -> tuple[str, str]:
        sender = self.senders.get(written)
        if sender is None:
            name = self.ledger.name(repaired(written)) or "unknown"
            self.people.add(name)
            # Accounts that are gone share one name: they are one person within a chat at most.
            sender_id = f"{self.chat_id}/{name}" if name in GONE else f"{self.messenger}:{name}"
            sender = self.senders[written] = (self.ledger.name(sender_id), name)
        return sender

    def _text(self, content: Any) -> str:
        if not isinstance(content, str):
            return ""
        text = repaired(content)
        if text is not content:
            self.ledger.changed[MENDED] += 1
        return self.ledger.clean(text)


def _media_of_uri(fields: dict[str, Any]) -> str | None:
    media = objects_of(fields.get("media"))
    return media_of_file(word_of(media[0].get("uri"))) if media else None

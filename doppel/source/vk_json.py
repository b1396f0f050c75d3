"""Answers of VK's messages.getHistory, saved as JSON: the shape that programs which download dialogues keep.

An object with "items" (and "profiles", "groups", "conversations" for the names), the same inside "response", or the
bare list of items; fields as VK's reference of its API has them, of versions before and after 5.80.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.source.json_stream import JsonStream
from doppel.source.loose_values import number_of, object_of, objects_of, word_of
from doppel.source.vk_archive import ADVICE, FIRST_GROUP, kind_of
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.source.files import File
    from doppel.source.ledger import Ledger

HOLDERS = ("response", "history")
NAMED = ("profiles", "groups", "conversations")
NO_MESSAGE = "that are no objects with id, date and from_id"
KINDS = {
    "video": "video_file", "audio": "audio_file", "audio_message": "voice_message", "doc": "file", "geo": "location",
    "wall_reply": "wall", "money_transfer": "money", "money_request": "money", "video_message": "video_message",
}  # fmt: skip


class VkJson:
    """Reads the files of answers."""

    def __init__(self, files: Sequence[File], ledger: Ledger) -> None:
        self.files, self.ledger = files, ledger
        self.names: dict[int, str] = {}
        self.owners: set[str] = set()

    def messages(self) -> Iterator[Message]:
        """Every message; each file is read twice, as the names stand behind the messages. Raises: DataError."""
        for file in self.files:
            self._learn_names(file)
        for file in self.files:
            self.ledger.place = file.label
            with file.open() as stream:
                for item in _items(JsonStream(stream, file.label, ADVICE)):
                    message = self._message(object_of(item))
                    if message is not None:
                        yield self.ledger.keep(message)

    def _learn_names(self, file: File) -> None:
        with file.open() as stream:
            for key, one in _named(JsonStream(stream, file.label, ADVICE)):
                if key == "conversations":
                    peer = object_of(one.get("peer")).get("id")
                    name = word_of(object_of(one.get("chat_settings")).get("title"))
                else:
                    number = number_of(one.get("id"))
                    peer = -number if number is not None and key == "groups" else number
                    name = (
                        word_of(one.get("name")) or f"{word_of(one.get('first_name'))} {word_of(one.get('last_name'))}"
                    )
                if isinstance(peer, int) and name.strip():
                    self.names[peer] = self.ledger.name(name.strip())

    def _message(self, item: dict[str, Any]) -> Message | None:
        message_id, date = number_of(item.get("id")), number_of(item.get("date"))
        sender = number_of(item.get("from_id", item.get("user_id")))
        if message_id is None or date is None or sender is None:
            return self.ledger.drop(NO_MESSAGE)
        peer = self._peer(item, sender)
        sent_at = self.ledger.moment(date)
        if sent_at is None or not self.ledger.is_new(f"vk:{peer}", message_id):
            return None
        if item.get("out") == 1:
            self.owners.add(f"vk:{sender}")
        text = word_of(item.get("text"), item.get("body"))
        kind = next((word_of(one.get("type")) for one in objects_of(item.get("attachments"))), "")
        is_service = bool(object_of(item.get("action")))
        return Message(
            chat_id=f"vk:{peer}",
            chat_name=self.names.get(peer, str(peer)),
            chat_kind=kind_of(str(peer), None),
            message_id=message_id,
            sent_at=sent_at,
            sender_id=f"vk:{sender}",
            sender_name=self.names.get(sender, ""),
            text="" if is_service else self.ledger.clean(text),
            media=None if is_service or not kind else KINDS.get(kind, kind),
            reply_to=number_of(object_of(item.get("reply_message")).get("id")),
            is_service=is_service,
            is_forwarded=not text and bool(objects_of(item.get("fwd_messages"))),
            is_bot=sender < 0,
        )

    def _peer(self, item: dict[str, Any], sender: int) -> int:
        chat = number_of(item.get("chat_id"))
        if chat is not None:
            return FIRST_GROUP + chat
        peer = number_of(item.get("peer_id", item.get("user_id")))
        return sender if peer is None else peer


def _items(stream: JsonStream) -> Iterator[Any]:
    if stream.peek() == "[":
        yield from stream.elements()
        return
    for key in stream.members():
        if key in HOLDERS and stream.peek() == "{":
            yield from _items(stream)
        elif key == "items":
            yield from stream.elements()


def _named(stream: JsonStream) -> Iterator[tuple[str, dict[str, Any]]]:
    if stream.peek() == "[":
        return
    for key in stream.members():
        if key in HOLDERS and stream.peek() == "{":
            yield from _named(stream)
        elif key in NAMED and stream.peek() == "[":
            for one in stream.elements():
                yield key, object_of(one)

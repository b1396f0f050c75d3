"""An album is one message to who sends it; Telegram stores and exports one for each of its items."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.ledger import Ledger
    from doppel.types import Message

MAX_ITEMS = 10  # in Telegram's own albums
FAMILIES = {"photo": "seen", "video_file": "seen", "file": "file", "audio_file": "audio"}  # what an album may mix
MERGED = "merged into the album they belong to"
TALLY = "items of an album merged into one message"


class Albums:
    """The albums of all chats that are read: a later file may answer items of an earlier one, or go on with its last.

    Held meanwhile: the ids of items that became part of another message.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.merged: dict[str, dict[int, int]] = {}  # chat_id -> id of an item -> of the message it is part of now
        self.last: dict[str, list[Message]] = {}  # chat_id -> the items with which an earlier file ended

    def whole(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages of one chat, with neighbouring items of an album as one: the one with the words, or the first.

        Items have one sender and one second, media of one family, and words in one of them at most: no field of the
        export joins them. Replies to any item become replies to that one message.
        """
        begin = next(messages, None)
        if begin is None:
            return
        merged = self.merged.setdefault(begin.chat_id, {})
        earlier = self.last.pop(begin.chat_id, None)
        items: list[Message] = []
        for message in chain((begin,), messages):
            if items and not _belongs(message, items):
                yield self._whole(items, merged)
                items = []
            if merged and message.reply_to in merged:
                message = replace(message, reply_to=merged[message.reply_to])
            if message.media in FAMILIES and not message.is_service:
                if earlier is not None and not message.text and _belongs(message, earlier):
                    self._merge(message, _chosen(earlier), merged)
                    earlier.append(message)
                else:
                    items.append(message)
            else:
                yield message
        if items:
            self.last[begin.chat_id] = items
            yield self._whole(items, merged)

    def _whole(self, items: list[Message], merged: dict[int, int]) -> Message:
        if len(items) == 1:
            return items[0]
        whole = _chosen(items)
        others = [item for item in items if item is not whole]
        for item in others:
            self._merge(item, whole, merged)
        if whole.reply_to is None:
            replied = next((item.reply_to for item in others if item.reply_to is not None), None)
            return replace(whole, reply_to=replied)
        return whole

    def _merge(self, item: Message, whole: Message, merged: dict[int, int]) -> None:
        merged[item.message_id] = whole.message_id
        self.ledger.place = f"{item.chat_id}, message {item.message_id}"
        self.ledger.drop(MERGED)
        self.ledger.changed[TALLY] += 1


def _chosen(items: list[Message]) -> Message:
    return next((item for item in items if item.text), items[0])


def _belongs(message: Message, items: list[Message]) -> bool:
    first = items[0]
    return (
        message.sent_at == first.sent_at
        and message.sender_id == first.sender_id
        and message.media is not None
        and not message.is_service
        and FAMILIES.get(message.media) == FAMILIES.get(first.media or "")
        and (message.is_forwarded, message.forwarded_from, message.forwarded_from_id, message.via_bot)
        == (first.is_forwarded, first.forwarded_from, first.forwarded_from_id, first.via_bot)
        and len(items) < MAX_ITEMS
        and not (message.text and any(item.text for item in items))
    )

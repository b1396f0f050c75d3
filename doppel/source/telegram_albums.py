"""An album is one message to who sends it; Telegram stores and exports one for each of its items."""

from __future__ import annotations

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


def with_whole_albums(messages: Iterator[Message], ledger: Ledger) -> Iterator[Message]:
    """The messages of one chat, with neighbouring items of an album as one: the one with the words, or the first.

    Items have one sender and one second, media of one family, and words in one of them at most: no field of the
    export joins them. Replies to any item become replies to that one message.
    """
    merged: dict[int, int] = {}  # id of an item -> id of the message that it is part of now
    items: list[Message] = []
    for message in messages:
        if items and not _belongs(message, items):
            yield _whole(items, merged, ledger)
            items = []
        if merged and message.reply_to in merged:
            message = replace(message, reply_to=merged[message.reply_to])
        if message.media in FAMILIES and not message.is_service:
            items.append(message)
        else:
            yield message
    if items:
        yield _whole(items, merged, ledger)


def _belongs(message: Message, items: list[Message]) -> bool:
    first = items[0]
    return (
        message.sent_at == first.sent_at
        and message.sender_id == first.sender_id
        and message.media is not None
        and not message.is_service
        and FAMILIES.get(message.media) == FAMILIES.get(first.media or "")
        and (message.is_forwarded, message.forwarded_from, message.via_bot)
        == (first.is_forwarded, first.forwarded_from, first.via_bot)
        and len(items) < MAX_ITEMS
        and not (message.text and any(item.text for item in items))
    )


def _whole(items: list[Message], merged: dict[int, int], ledger: Ledger) -> Message:
    if len(items) == 1:
        return items[0]
    whole = next((item for item in items if item.text), items[0])
    others = [item for item in items if item is not whole]
    merged.update((item.message_id, whole.message_id) for item in others)
    for item in others:
        ledger.place = f"{item.chat_id}, message {item.message_id}"
        ledger.drop(MERGED)
    ledger.changed[TALLY] += len(others)
    if whole.reply_to is None:
        replied = next((item.reply_to for item in others if item.reply_to is not None), None)
        return replace(whole, reply_to=replied)
    return whole

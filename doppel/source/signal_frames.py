"""Signal's own export: main.jsonl, one frame a line.

Evidence: libsignal's BackupJsonExporter (its tests show the lines), whose frames are the messages of
libsignal/rust/message-backup/src/proto/backup.proto as protobuf's JSON: 64-bit numbers as strings, bytes as base64.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.loose_values import media_of_type, number_of, object_of, objects_of, word_of
from doppel.source.signal_chat import ADVICE
from doppel.source.signal_people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.signal_chat import Chats, SignalChat
    from doppel.types import Message

NO_ITEM = "of a kind that the exporting Signal could not name"
NO_CHAT = "of a chat that the file does not describe"
LONG_TEXT = "are cut at 2,048 bytes: their whole text lies in a file of the export, which is not read"
FLAGS = {"VOICE_MESSAGE": "voice_message", "GIF": "animation"}
OTHER = {
    "contactMessage": "contact",
    "viewOnceMessage": "view_once",
    "paymentNotification": "payment",
    "giftBadge": "gift",
    "poll": "poll",
}
NOTICES = ("updateMessage", "remoteDeletedMessage", "adminDeletedMessage", "pinMessage")


class SignalFrames:
    """Reads one export. `has_several`: messages that another export has too count once."""

    def __init__(self, chats: Chats, *, has_several: bool) -> None:
        self.chats, self.ledger = chats, chats.ledger
        self.has_several = has_several

    def read(self, file: File) -> Iterator[Message]:
        """The messages of one main.jsonl. Raises: DataError naming the line that is damaged."""
        people = People(self.chats)
        for number, line in file.lines():
            if not line.strip():
                continue
            try:
                frame = json.loads(line)
            except (ValueError, RecursionError) as error:
                what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply, or no number"
                raise DataError(f"{file.label}, line {number:,}, is no JSON: {what}. {ADVICE}") from error
            item = object_of(frame).get("chatItem")
            if item is None:
                people.learn(object_of(frame))
                continue
            message = self._message(object_of(item), people)
            if message is not None:
                yield message

    def _message(self, item: dict[str, Any], people: People) -> Message | None:
        chat = people.chats.get(word_of(item.get("chatId")))
        if chat is None:
            return self.ledger.drop(NO_CHAT)
        sent = number_of(item.get("dateSent"))
        # The time in milliseconds is what Signal itself calls a message by.
        if self.has_several and sent is not None and not self.ledger.is_new(chat.chat_id, sent):
            return None
        sender = people.sender(word_of(item.get("authorId")))
        if "standardMessage" in item or "directStoryReplyMessage" in item:
            return self._standard(item, chat, sender, people)
        seconds = None if sent is None else sent / 1000
        if "stickerMessage" in item:
            sticker = object_of(object_of(item["stickerMessage"]).get("sticker"))
            emoji = word_of(sticker.get("emoji")) or None
            return chat.message(seconds, sender, "", "sticker", sticker_emoji=emoji, message_id=sent)
        media = next((kind for key, kind in OTHER.items() if key in item), None)
        is_notice = any(key in item for key in NOTICES)
        if media is None and not is_notice:
            return self.ledger.drop(NO_ITEM)
        return chat.message(seconds, sender, "", media, message_id=sent, is_service=is_notice)

    def _standard(
        self, item: dict[str, Any], chat: SignalChat, sender: tuple[str, str], people: People
    ) -> Message | None:
        sent = number_of(item.get("dateSent"))
        story = object_of(item.get("directStoryReplyMessage"))
        said = object_of(item.get("standardMessage")) or object_of(story.get("textReply"))
        words = object_of(said.get("text"))
        text = _with_mentions(word_of(words.get("body")), words, people) or word_of(story.get("emoji"))
        if object_of(said.get("longText")):
            self.ledger.guessed[LONG_TEXT] += 1
        attachments = objects_of(said.get("attachments"))
        reply_to = number_of(object_of(said.get("quote")).get("targetSentTimestamp"))
        return chat.message(
            None if sent is None else sent / 1000,
            sender,
            text,
            _media(attachments[0]) if attachments else None,
            message_id=sent,
            reply_to=reply_to or None,
        )


def _media(attachment: dict[str, Any]) -> str:
    flag = FLAGS.get(word_of(attachment.get("flag")))
    return flag or media_of_type(word_of(object_of(attachment.get("pointer")).get("contentType")))


def _with_mentions(body: str, words: dict[str, Any], people: People) -> str:
    """The text with names where Signal keeps one U+FFFC for each mention."""
    if "\ufffc" not in body:
        return body
    ranges = [one for one in objects_of(words.get("bodyRanges")) if "mentionAci" in one]
    ranges.sort(key=lambda one: number_of(one.get("start")) or 0)
    for one in ranges:
        body = body.replace("\ufffc", f"@{people.by_aci.get(word_of(one['mentionAci'])) or people.own_name}", 1)
    return body

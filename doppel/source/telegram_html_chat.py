"""The messages of one chat of Telegram Desktop's HTML export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.source.id_set import IdSet
from doppel.source.ledger import UNDATED, Ledger
from doppel.source.telegram_markup import words_of
from doppel.source.telegram_message import NUMBERED, REPEATED, UNNUMBERED
from doppel.source.telegram_numbers import MAX_ID
from doppel.source.telegram_page import NUMBER, first, place_of, tokens
from doppel.source.telegram_post import Post, day_of, has_zone, moment_of, post_of, topic_of
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from doppel.source.telegram_chat import Chat
    from doppel.source.telegram_page import Page

MIGRATED = -900_000_000  # above it and below 0: headings with a day, which Telegram Desktop numbers -1, -2, ...
CALL = "call"
NAMED_ONLY = "have no sender id, as HTML leaves them out: people are told apart by their display name"
LOCAL_TIME = "have a time without a zone: it was taken as of source.timezone={timezone}"
TIMELESS = "are service messages, which have no time in HTML: they got that of the message before"


class HtmlChat:
    """Reads the pages of one chat, in their order, also if they come again in a later export."""

    def __init__(self, chat: Chat, ledger: Ledger, zone: ZoneInfo) -> None:
        self.chat, self.ledger, self.zone = chat, ledger, zone
        self.local_time = LOCAL_TIME.format(timezone=zone.key)
        self.ids = IdSet()  # of ids and times: chats of one name may have ids in common
        self.topics: dict[int, str] = {}
        self.topic_starts: set[int] = set()  # ids of what created them
        self.now: datetime | None = None
        self.sender = self.origin = ""  # of the message before, for those that leave it out
        self.speakers: set[str] = set()
        self.unnumbered = UNNUMBERED

    def messages(self, page: Page) -> Iterator[Message]:
        """Those of a page that have a time and were not read before. Raises: DataError."""
        for block in page.blocks:
            self.ledger.place = f"{page.file.label}, {place_of(block)}"
            message = self._service(block) if "service" in tokens(block) else self._post(block)
            if message is not None:
                yield message

    def _service(self, block: Any) -> Message | None:
        number = self._number(block)
        body = first(block, "body")
        words = "" if body is None else words_of(body)[0]
        if number is not None and MIGRATED < number < 0:
            self.now = day_of(words, self.zone) or self.now
            return None  # no message
        if self.now is None:
            return self.ledger.drop(UNDATED)
        self.ledger.guessed[TIMELESS] += 1
        topic = topic_of(words)
        if topic is not None and number is not None:
            self.topics[number] = self.ledger.name(topic)
            self.topic_starts.add(number)
        return self._message(number, Post(), is_service=True)

    def _post(self, block: Any) -> Message | None:
        post = post_of(block)
        # Before anything is left out: the next one may be joined to this one.
        if post.sender is not None or "joined" not in tokens(block):
            self.sender, self.origin = post.sender or "", ""
        self.origin = post.forwarded_from or self.origin if post.is_forwarded else ""
        post.forwarded_from = self.origin or None
        moment = self._moment(block)
        if moment is None:
            return None
        self.now = moment
        is_call = post.media == CALL  # a service message in JSON, and no words either
        if not is_call:
            self.ledger.guessed[NAMED_ONLY] += 1
            self.speakers.add(self.sender)
        return self._message(self._number(block), post, is_service=is_call)

    def _moment(self, block: Any) -> datetime | None:
        """When it was sent; None and a count where nothing tells."""
        try:
            moment = moment_of(block, self.zone)
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            return self.ledger.drop(UNDATED)
        self.ledger.guessed[self.local_time] += not has_zone(block)
        return self.ledger.moment(moment.timestamp())

    def _message(self, number: int | None, post: Post, *, is_service: bool) -> Message | None:
        assert self.now is not None
        if number is None:
            self.ledger.guessed[NUMBERED] += 1
            self.unnumbered += 1
            number = self.unnumbered
        elif not self.ids.add((int(self.now.timestamp()) << 29) + number % (1 << 29)):
            return self.ledger.drop(REPEATED)
        topic = self.topics.get(number) or (self.topics.get(post.reply_to) if post.reply_to is not None else None)
        if topic is not None:
            self.topics[number] = topic
        name = self.ledger.name("" if is_service and post.media is None else self.sender)
        return Message(
            chat_id=self.chat.chat_id,
            chat_name=self.chat.name,
            chat_kind=self.chat.kind,
            message_id=number,
            sent_at=self.now,
            sender_id=f"name:{name}" if name else f"unknown:{self.chat.chat_id}",
            sender_name=name,
            text=self.ledger.clean(post.text),
            sticker_emoji=post.sticker_emoji,
            media=None if is_service else post.media,
            # A reply to what created the topic tells where a post stands: it answers nobody.
            reply_to=None if post.reply_to in self.topic_starts else post.reply_to,
            is_service=is_service,
            is_forwarded=post.is_forwarded,
            forwarded_from=self.ledger.name(post.forwarded_from) if post.forwarded_from else None,
            via_bot=post.via_bot,
            topic=topic,
            entities=post.entities,
        )

    def _number(self, block: Any) -> int | None:
        match = NUMBER.fullmatch(block.get("id") or "")
        number = int(match[1]) if match else None
        return number if number is not None and -MAX_ID < number < MAX_ID else None

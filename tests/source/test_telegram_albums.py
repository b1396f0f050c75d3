"""Albums: what is one message to people is one message here, and what is not stays as it is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doppel.source.ledger import Ledger
from doppel.source.telegram_albums import MERGED, TALLY, Albums
from doppel.types import Funnel, Message

NOON = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)


def item(number: int, media: str | None = "photo", text: str = "", seconds: int = 0, **more: Any) -> Message:
    given = {"chat_id": "c", "chat_name": "C", "chat_kind": "group", "sender_id": "user1", "sender_name": "Ann"}
    sent_at = NOON + timedelta(seconds=seconds)
    return Message(**{**given, "message_id": number, "media": media, "text": text, "sent_at": sent_at, **more})


@dataclass
class Outcome:
    messages: list[Message]
    merged: int
    why: str


def merged(*messages: Message) -> Outcome:
    ledger = Ledger("Do this.")
    found = [ledger.keep(message) for message in Albums(ledger).whole(iter(messages))]
    funnel = Funnel()
    ledger.report(funnel, "FILE")
    count = funnel.counts[0]
    assert count.kept + count.dropped == len(messages)
    assert funnel.tallies.get("source", {}) == ({TALLY: count.dropped} if count.dropped else {})
    return Outcome(found, count.dropped, count.why)


@pytest.mark.parametrize("place", [0, 1, 2, None])
def test_an_album_becomes_its_item_with_the_words_or_its_first(place: int | None) -> None:
    items = [item(number, text="words" if number == place else "") for number in range(3)]
    outcome = merged(item(-1, None, "before"), *items, item(9, None, "after"))
    assert [one.message_id for one in outcome.messages] == [-1, place or 0, 9]
    assert outcome.messages[1] == items[place or 0]
    other = 0 if place else 1
    assert (outcome.merged, outcome.why) == (2, f"2 {MERGED} (first: c, message {other})")


def test_kinds_that_albums_mix() -> None:
    assert len(merged(item(1, "photo"), item(2, "video_file"), item(3, "photo")).messages) == 1
    assert len(merged(item(1, "file"), item(2, "file")).messages) == 1
    assert len(merged(item(1, "audio_file"), item(2, "audio_file")).messages) == 1


@pytest.mark.parametrize(
    "second",
    [
        item(2, seconds=1),
        item(2, sender_id="user2"),
        item(2, "file"),
        item(2, "sticker"),
        item(2, None, "words"),
        item(2, is_service=True),
        item(2, is_forwarded=True),
        item(2, via_bot="@x"),
        item(2, text="other words"),
    ],
)
def test_what_is_no_album(second: Message) -> None:
    first = item(1, text="words")
    outcome = merged(first, second, item(3, seconds=9))
    assert outcome.messages == [first, second, item(3, seconds=9)]
    assert outcome.merged == 0


def test_stickers_and_voices_of_one_second_stay() -> None:
    for media in ("sticker", "voice_message", "video_message", "animation", "poll", "location"):
        assert len(merged(item(1, media), item(2, media)).messages) == 2


def test_forwarded_albums_merge_by_whom_they_are_from() -> None:
    outcome = merged(
        item(1, is_forwarded=True, forwarded_from="A"),
        item(2, is_forwarded=True, forwarded_from="A"),
        item(3, is_forwarded=True, forwarded_from="B"),
    )
    assert [one.message_id for one in outcome.messages] == [1, 3]


def test_an_album_has_ten_items_at_most() -> None:
    assert [one.message_id for one in merged(*(item(number) for number in range(25))).messages] == [0, 10, 20]


def test_replies_are_kept() -> None:
    outcome = merged(
        item(1, reply_to=-5),
        item(2, text="words"),
        item(3),
        item(4, None, "to the first", reply_to=1),
        item(5, None, "to the second", reply_to=2),
        item(6, "photo", "to the third", seconds=5, reply_to=3),
        item(7, None, "elsewhere", reply_to=-9),
    )
    assert [(one.message_id, one.reply_to) for one in outcome.messages] == [(2, -5), (4, 2), (5, 2), (6, 2), (7, -9)]


def test_an_album_at_the_end_is_not_lost() -> None:
    assert [one.message_id for one in merged(item(1, None, "x"), item(2), item(3)).messages] == [1, 2]


def test_replies_to_items_of_an_album_in_an_earlier_file_are_kept() -> None:
    albums = Albums(Ledger("Do this."))
    (first,) = albums.whole(iter([item(1), item(2, text="look")]))
    later = list(
        albums.whole(iter([item(3), item(4, None, "a view", 9, reply_to=1), item(5, None, "oh", 9, reply_to=3)]))
    )
    assert first.message_id == 2
    assert [(one.message_id, one.reply_to) for one in later] == [(4, 2), (5, 2)]
    assert [one.message_id for one in albums.whole(iter([item(6)]))] == [6]  # other messages lie between


def test_a_late_item_with_words_of_its_own_is_a_message() -> None:
    albums = Albums(Ledger("Do this."))
    list(albums.whole(iter([item(1), item(2)])))
    assert [one.message_id for one in albums.whole(iter([item(3, text="look")]))] == [3]


def test_another_chat_has_albums_of_its_own() -> None:
    albums = Albums(Ledger("Do this."))
    list(albums.whole(iter([item(1), item(2)])))
    other = albums.whole(iter([item(3, chat_id="d"), item(4, None, "hi", 9, chat_id="d", reply_to=2)]))
    assert [(one.message_id, one.reply_to) for one in other] == [(3, None), (4, 2)]

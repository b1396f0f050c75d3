"""The same chat in two sources of a mix: its messages come once, and nothing else is taken for a copy."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doppel.source.copies import MAX_ALIKE, MAX_WAITING, Copies
from doppel.source.mix import Mix
from doppel.source.telegram import TelegramExport
from doppel.types import Funnel, Message
from tests.source.telegram_exports import chat, said, write

NOON = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)


def talk(numbers: range, chat_id: str = "p:7", shift: int = 0, **more: Any) -> list[Message]:
    """A chat of user1 and user7 by turns, a message a minute; ids are shifted."""
    return [_message(number, chat_id, number + shift, "user1" if number % 2 else "user7", **more) for number in numbers]


def _message(minute: int, chat_id: str, message_id: int, sender: str, **more: Any) -> Message:
    sent_at = NOON + timedelta(minutes=minute)
    given = {"sent_at": sent_at, "text": f"words {minute}", "sender_name": sender.capitalize(), "chat_kind": "personal"}
    return Message(
        **{**given, "chat_id": chat_id, "chat_name": "C", "message_id": message_id, "sender_id": sender, **more}
    )


def given(*sources: list[Message]) -> tuple[list[list[int]], Copies]:
    """The ids that are left of each source, and what was counted of the last one."""
    copies = Copies()
    left = [[one.message_id for one in copies.without(str(at), iter(source))] for at, source in enumerate(sources)]
    return left, copies


def test_an_overlap_comes_once_whatever_its_ids() -> None:
    for shift, chat_id in ((0, "p:7"), (500, "p:7"), (500, "other:8")):
        left, copies = given(talk(range(60)), talk(range(40, 100), chat_id, shift))
        assert left[1] == list(range(60 + shift, 100 + shift))
        assert copies.dropped == {"0": 20}
        assert copies.unsure == 0


def test_the_older_part_may_come_last() -> None:
    left, _ = given(talk(range(40, 100)), talk(range(60)))
    assert left[1] == list(range(40))


def test_a_third_source_is_compared_with_both() -> None:
    left, copies = given(talk(range(20)), talk(range(10, 40), "q:7"), talk(range(50), "r:7"))
    assert left[1:] == [list(range(20, 40)), list(range(40, 50))]
    assert copies.dropped == {"0": 20, "1": 20}


def test_a_source_is_not_compared_with_itself() -> None:
    left, copies = given(talk(range(10)) + talk(range(10)))
    assert (len(left[0]), copies.dropped) == (20, {})


def test_the_same_words_at_the_same_second_elsewhere_are_no_copy() -> None:
    one = [*talk(range(10)), _message(99, "p:7", 99, "user1", text="ok")]
    two = [_message(99, "p:8", 5, "user1", text="ok"), *talk(range(20, 30), "p:8")]
    left, copies = given(one, two)
    assert sorted(left[1]) == [5, *range(20, 30)]
    assert (copies.dropped, copies.unsure) == ({}, 1)


def test_others_with_the_same_words_are_no_copy() -> None:
    left, copies = given(talk(range(10)), [_message(minute, "p:7", minute, "user9") for minute in range(10)])
    assert (left[1], copies.unsure) == (list(range(10)), 0)


def test_what_one_writes_to_several_chats_at_once_stays_in_each() -> None:
    many = 2 * MAX_WAITING
    sent = [[_message(minute, f"g:{group}", minute, "bot") for minute in range(many)] for group in range(2)]
    left, copies = given(*sent)
    assert sorted(left[1]) == list(range(many))
    assert (copies.dropped, copies.unsure) == ({}, many)


def test_of_the_same_id_a_chat_of_one_speaker_is_told_too() -> None:
    notes = [_message(minute, "saved:1", minute, "user1") for minute in range(20)]
    assert given(notes, notes)[0][1] == []


def test_what_waited_is_dropped_once_it_is_told() -> None:
    other = [_message(1, "p:7", 1, "user1"), _message(50, "p:9", 50, "user1"), *talk(range(2, 4), "p:7")]
    left, copies = given([*talk(range(10)), _message(50, "p:5", 50, "user1")], other)
    assert (left[1], copies.dropped, copies.unsure) == ([50], {"0": 3}, 1)


def test_one_message_is_enough_under_the_same_ids() -> None:
    left, copies = given(talk(range(10)), talk(range(9, 30)), talk(range(9, 10), shift=500))
    assert left[1:] == [list(range(10, 30)), [509]]
    assert copies.unsure == 1


def test_a_name_is_as_good_as_an_id_where_an_export_has_none() -> None:
    by_id, by_name = talk(range(10)), []
    for one in talk(range(5, 15), "html:Ben"):
        by_name.append(_message(one.message_id, one.chat_id, one.message_id, f"name:{one.sender_name}"))
    named = [
        _message(one.message_id, "html:Ben", one.message_id, one.sender_id, sender_name=one.sender_id[5:])
        for one in by_name
    ]
    assert given(by_id, named)[0][1] == list(range(10, 15))
    assert given(named, by_id)[0][1] == list(range(5))
    strangers = [_message(minute, "p:9", minute, "user55", sender_name="User1") for minute in range(10)]
    assert given(by_id, strangers)[0][1] == list(range(10))


def test_pictures_are_copies_too() -> None:
    photos = talk(range(10), text="", media="photo")
    assert given(photos, photos)[0][1] == []


def test_what_has_no_times_may_come_again() -> None:
    dialogues = talk(range(10), is_timed=False)
    left, copies = given(dialogues, dialogues)
    assert (left[0], left[1], copies.unsure) == (list(range(10)), list(range(10)), 0)


def test_a_chat_of_one_text_in_one_second_takes_no_longer() -> None:
    same = [_message(0, "p:7", number, "user1", text="x") for number in range(50 * MAX_ALIKE)]
    assert given(same, same)[0][1] == []


class Listed:
    """A source of these messages."""

    def __init__(self, messages: list[Message]) -> None:
        self.given = messages

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        yield from self.given
        funnel.add("source", kept=len(self.given), dropped=0, unit="messages", why="")


def test_a_mix_counts_and_tells_them() -> None:
    alone = [_message(30, "p:5", 1, "user1", text="ok")]
    sources = {"old": Listed([*talk(range(60)), *alone]), "new": Listed([*talk(range(40, 100)), alone[0]])}
    sources["new"].given[-1] = _message(30, "p:6", 1, "user1", text="ok")
    funnel = Funnel()
    messages = list(Mix(sources=sources, weights={}, seed=0).messages(funnel))
    assert len(messages) == 102
    assert [(count.kept, count.dropped, count.why) for count in funnel.counts] == [
        (61, 0, ""),
        (41, 20, "20 already in old"),
    ]
    assert {message.chat_id for message in messages} == {"p:7", "p:5", "new/p:7", "p:6"}
    assert funnel.notes == [
        "source.new: what its chats have beyond those of old stays in chats of its own. Exports of one messenger go on "
        "in one chat as source.path=[FILE,FILE].",
        "source.new: 1 messages have the second, sender and words of an earlier one, in chats that are not surely "
        "the same: kept.",
    ]


def test_two_exports_in_a_mix_hold_as_much_as_two_paths(tmp_path: Path) -> None:
    def export(numbers: range) -> dict:
        return chat(
            *(
                said(number, f"user{7 if number % 2 else 1}", f"n{number}", date_unixtime=str(1_700_000_000 + number))
                for number in numbers
            )
        )

    paths = [
        str(write(tmp_path, json.dumps(export(span)), f"{span.start}.json")) for span in (range(1, 31), range(21, 51))
    ]
    both = list(TelegramExport(path=paths, timezone="UTC").messages(Funnel()))
    sources = {f"s{at}": TelegramExport(path=path, timezone="UTC") for at, path in enumerate(paths)}
    mixed = list(Mix(sources=sources, weights={}, seed=0).messages(Funnel()))
    assert [(one.message_id, one.text) for one in mixed] == [(one.message_id, one.text) for one in both]

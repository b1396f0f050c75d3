"""Exports of several accounts: the same number is another message there, and the same chat another one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.source.telegram_exports import chat, read, said, write

NOON = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)
PEER = 7


def talk(owner: int | None, numbers: range, day: int = 0, hours: int = 0, **more: Any) -> dict:
    """A chat with user7 of so many messages a minute and a second apart, by turns; None: only the other one speaks."""

    def one(number: int) -> dict:
        sent_at = NOON + timedelta(days=day, seconds=61 * number + day)
        stamp = {"date_unixtime": str(int(sent_at.timestamp()))}
        if hours:  # an old export, in local time
            stamp = {"date_unixtime": None, "date": (sent_at + timedelta(hours=hours)).replace(tzinfo=None).isoformat()}
        sender = f"user{PEER if owner is None or number % 2 else owner}"
        return said(number, sender, f"{number} of {owner} on {day}", **stamp)

    return chat(*map(one, numbers), number=PEER, **more)


def account(user_id: int, *chats: dict) -> dict:
    return {"personal_information": {"user_id": user_id}, "chats": {"list": list(chats)}}


def chats(*exports: dict, folder: Path) -> tuple[dict[str, int], list[str]]:
    """(Messages in each chat, notes)."""
    messages, funnel = read(*(write(folder, export, f"{place}.json") for place, export in enumerate(exports)))
    ids = [message.chat_id for message in messages]
    return {chat_id: ids.count(chat_id) for chat_id in dict.fromkeys(ids)}, funnel.notes


def test_two_accounts_with_one_friend_have_a_chat_each(tmp_path: Path) -> None:
    one, two = account(1, talk(1, range(1, 61))), account(9, talk(9, range(31, 91), day=1))
    found, notes = chats(one, two, account(9, talk(9, range(31, 101), day=1)), folder=tmp_path)
    assert found == {"personal_chat:7": 60, "user9/personal_chat:7": 70}
    assert notes == [
        "source: 1 private chats are in exports of several accounts, which number their messages each for itself: "
        "kept apart (user9/personal_chat:7)."
    ]


def test_overlapping_exports_of_one_account_stay_one_chat(tmp_path: Path) -> None:
    one, two = account(1, talk(1, range(1, 61))), account(1, talk(1, range(31, 91)))
    assert chats(one, two, folder=tmp_path) == ({"personal_chat:7": 90}, [])


@pytest.mark.parametrize("kind", ["private_supergroup", "public_channel"])
def test_supergroups_and_channels_are_shared(tmp_path: Path, kind: str) -> None:
    both = [account(owner, talk(5, range(1, 21), type=kind)) for owner in (1, 9)]
    assert chats(*both, folder=tmp_path) == ({f"{kind}:7": 20}, [])


@pytest.mark.parametrize("kind", ["private_group", "bot_chat"])
def test_small_groups_and_chats_with_bots_are_not(tmp_path: Path, kind: str) -> None:
    both = [account(owner, talk(5, range(1, 21), day=owner, type=kind)) for owner in (1, 9)]
    assert chats(*both, folder=tmp_path)[0] == {f"{kind}:7": 20, f"user9/{kind}:7": 20}


def test_single_chats_tell_by_who_speaks_to_the_other_one(tmp_path: Path) -> None:
    found, notes = chats(talk(1, range(1, 11)), talk(9, range(11, 21)), talk(1, range(21, 31)), folder=tmp_path)
    assert found == {"personal_chat:7": 20, "user9/personal_chat:7": 10}
    assert len(notes) == 1


def test_a_single_chat_is_of_the_account_that_speaks_in_it(tmp_path: Path) -> None:
    found, _ = chats(account(1, talk(1, range(1, 11))), talk(1, range(6, 16)), folder=tmp_path)
    assert found == {"personal_chat:7": 15}


def test_single_chats_of_the_other_one_alone_tell_by_their_numbers(tmp_path: Path) -> None:
    found, _ = chats(talk(1, range(1, 11)), talk(None, range(6, 16), day=1), talk(None, range(3, 8)), folder=tmp_path)
    assert found["personal_chat:7"] == 10
    assert found["account2/personal_chat:7"] == 10


def test_old_exports_in_another_time_zone_are_of_the_same_account(tmp_path: Path) -> None:
    found, _ = chats(talk(None, range(1, 11)), talk(None, range(1, 16), hours=5), folder=tmp_path)
    assert found == {"personal_chat:7": 15}


def test_where_nothing_tells_chats_are_taken_for_one(tmp_path: Path) -> None:
    found, notes = chats(talk(None, range(1, 11)), talk(None, range(11, 21)), folder=tmp_path)
    assert (found, len(notes)) == ({"personal_chat:7": 20}, 1)  # the note is of one who speaks alone


def test_replies_and_albums_stay_within_their_account(tmp_path: Path) -> None:
    photos = [said(number, "user7", "", photo="p.jpg") for number in (1, 2)]
    answer = said(3, "user9", "nice", reply_to_message_id=2)
    one = account(1, chat(*photos, said(3, "user1", "oh")))
    messages, _ = read(write(tmp_path, one, "a.json"), write(tmp_path, account(9, chat(said(2), answer)), "b.json"))
    assert [(message.chat_id, message.message_id, message.reply_to) for message in messages][-2:] == [
        ("user9/personal_chat:7", 2, None),
        ("user9/personal_chat:7", 3, 2),
    ]


def test_what_is_looked_at_first_is_counted_once(tmp_path: Path) -> None:
    odd = chat(said(1, "user7", date_unixtime=None), {"id": 2, "type": "odd", "date_unixtime": "1705315800"})
    paths = [write(tmp_path, odd, "a.json"), write(tmp_path, json.loads(json.dumps(odd)), "b.json")]
    messages, funnel = read(*paths)
    assert len(messages) == 1
    assert funnel.counts[0].dropped == 3
    assert any("2 messages have no date_unixtime" in note for note in funnel.notes)


def test_what_two_accounts_said_to_each_other_comes_once(tmp_path: Path) -> None:
    mine, theirs = talk(1, range(1, 41)), talk(1, range(1, 41))
    theirs |= {"id": 1, "messages": [said | {"id": said["id"] + 300} for said in theirs["messages"]]}
    messages, funnel = read(write(tmp_path, account(1, mine), "a.json"), write(tmp_path, account(7, theirs), "b.json"))
    assert len(messages) == 40
    assert funnel.counts[0].why == f"40 already in {tmp_path}/a.json, under other ids (first: {tmp_path}/b.json)"
    assert funnel.counts[0].dropped == 40


def test_the_past_of_a_group_comes_once_when_it_has_moved(tmp_path: Path) -> None:
    before = talk(1, range(1, 41), type="private_group")
    after = talk(1, range(1, 41), type="private_supergroup")
    after |= {"messages": [said | {"id": said["id"] - 1_000_000_000} for said in after["messages"]] + [said_later()]}
    found, _ = chats(account(1, before), account(1, after | {"id": 70}), folder=tmp_path)
    assert found == {"private_group:7": 40, "private_supergroup:70": 1}


def said_later() -> dict:
    return said(2, "user1", "here we are")

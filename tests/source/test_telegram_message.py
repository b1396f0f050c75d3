"""What a message of Telegram Desktop's JSON becomes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.types import Entity, Message
from tests.source.telegram_exports import chat, read, said, write


def test_a_message_in_full(tmp_path: Path) -> None:
    more = {"reply_to_message_id": 3, "forwarded_from": None, "via_bot": "@gif", "photo": "p.jpg"}
    messages, _ = read(write(tmp_path, chat(said(4, **more))))
    assert messages == [
        Message(
            chat_id="personal_chat:7",
            chat_name="Ann",
            chat_kind="personal",
            message_id=4,
            sent_at=datetime(2024, 1, 15, 10, 50, tzinfo=UTC),
            sender_id="user2",
            sender_name="Ann",
            text="hi",
            sticker_emoji=None,
            media="photo",
            reply_to=3,
            is_service=False,
            is_forwarded=True,  # the key is there, the name is hidden
            via_bot="@gif",
        )
    ]


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("", [], ""),
        ("plain", [], "plain"),
        (["a ", {"type": "bold", "text": "b"}, ""], [], "a b"),
        ([{"type": "plain", "text": "c"}], [], "c"),
        ("", [{"type": "plain", "text": "d"}, {"type": "link", "text": "e"}], "de"),
        ("f", [{"type": "plain", "text": "not read"}], "f"),
    ],
)
def test_text_in_all_its_forms(tmp_path: Path, text: object, entities: list, expected: str) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, text=text, text_entities=entities))))
    assert messages[0].text == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"from_id": 12}, ("user12", "Ann")),
        ({"from_id": "channel9"}, ("channel9", "Ann")),
        ({"from_id": "user3", "from": None}, ("user3", "")),
        ({"from_id": None}, ("name:Ann", "Ann")),
        ({"from_id": None, "from": None}, ("unknown:personal_chat:7", "")),
        ({"type": "service", "actor": "Bob", "actor_id": "user5"}, ("user5", "Bob")),
    ],
)
def test_who_sent_it(tmp_path: Path, written: dict, expected: tuple[str, str]) -> None:
    messages, _ = read(write(tmp_path, chat({**said(1), **written})))
    assert (messages[0].sender_id, messages[0].sender_name) == expected


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        ({"file": "a.ogg", "media_type": "voice_message"}, "voice_message"),
        ({"file": "(File not included. Change data exporting settings to download.)"}, "file"),
        ({"poll": {"question": "?", "answers": [{"text": ["x", {"text": "y"}]}]}}, "poll"),
        ({"location_information": None}, "location"),
        ({"contact_information": {"phone_number": "1"}}, "contact"),
        ({"reactions": [{"type": "emoji", "recent": [{"from_id": "user1"}]}]}, None),
    ],
)
def test_media(tmp_path: Path, fields: dict, media: str | None) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, text="", **fields))))
    assert messages[0].media == media


def test_a_reply_into_another_chat_is_no_reply_here(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, reply_to_message_id=5, reply_to_peer_id="user9"))))
    assert messages[0].reply_to is None


def test_a_sticker_keeps_its_emoji(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, text="", media_type="sticker", sticker_emoji="\U0001f92d"))))
    assert (messages[0].media, messages[0].sticker_emoji) == ("sticker", "\U0001f92d")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("saved_messages", "saved"),
        ("replies", "service"),
        ("verification_codes", "service"),
        ("personal_chat", "personal"),
        ("private_chat", "personal"),
        ("bot_chat", "bot"),
        ("private_group", "group"),
        ("private_supergroup", "group"),
        ("public_supergroup", "public_group"),
        ("group_chat", "group"),
        ("private_channel", "channel"),
        ("public_channel", "channel"),
        ("hologram", "unknown"),
    ],
)
def test_chat_kinds(tmp_path: Path, written: str, kind: str) -> None:
    messages, funnel = read(write(tmp_path, chat(said(1), kind=written)))
    assert (messages[0].chat_kind, messages[0].chat_id) == (kind, f"{written}:7")
    assert any("kept as kind 'unknown'" in note for note in funnel.notes) == (kind == "unknown")


def test_a_bot_is_the_other_one_of_a_chat_with_it(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, "user7"), said(2, "user9"), kind="bot_chat")))
    assert [(message.sender_id, message.is_bot) for message in messages] == [("user7", True), ("user9", False)]
    messages, _ = read(write(tmp_path, chat(said(1, "user7"))))
    assert not messages[0].is_bot


@pytest.mark.parametrize(
    ("written", "is_forwarded", "name", "who"),
    [
        ({"forwarded_from": "Bob"}, True, "Bob", None),
        ({"forwarded_from": None}, True, None, None),
        ({"forwarded_from": None, "forwarded_from_id": "user8"}, True, None, "user8"),
        ({"forwarded_from_id": 8}, True, None, "user8"),
        ({"forwarded_from_id": None}, True, None, None),
        ({}, False, None, None),
    ],
)
def test_forwards(tmp_path: Path, written: dict, is_forwarded: bool, name: str | None, who: str | None) -> None:
    [message], _ = read(write(tmp_path, chat(said(1, **written))))
    assert (message.is_forwarded, message.forwarded_from, message.forwarded_from_id) == (is_forwarded, name, who)


def topic(number: int, title: object) -> dict:
    return {**said(number), "type": "service", "action": "topic_created", "title": title, "text": ""}


def test_a_topic_is_found_by_the_chain_of_replies(tmp_path: Path) -> None:
    messages, _ = read(
        write(
            tmp_path,
            chat(
                said(1),
                topic(2, "Food"),
                topic(3, "Fun"),
                said(4, reply_to_message_id=2),
                said(5, reply_to_message_id=4),
                said(6, reply_to_message_id=3),
                said(7, reply_to_message_id=5),
                said(8, reply_to_message_id=1),
                said(9, reply_to_message_id=2, reply_to_peer_id="channel1"),
                kind="private_supergroup",
            ),
        )
    )
    topics = {message.message_id: message.topic for message in messages if message.topic}
    assert topics == {2: "Food", 3: "Fun", 4: "Food", 5: "Food", 6: "Fun", 7: "Food"}
    # What created a topic is answered by nobody: that is where a post stands.
    replies = {message.message_id: message.reply_to for message in messages if message.reply_to}
    assert replies == {5: 4, 7: 5, 8: 1}


def test_topics_of_a_real_forum(shared_data: Path) -> None:
    messages, _ = read(shared_data / "tg_parser_pypi/tests/fixtures/supergroup_with_topics.json")
    assert [message.topic for message in messages] == [None, "General", "General", *["Finances"] * 3, None]


def test_a_topic_without_a_title_goes_by_its_number(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, chat(topic(2, None), said(4, reply_to_message_id=2))))
    assert [message.topic for message in messages] == ["#2", "#2"]


@pytest.mark.parametrize("indent", [None, 1])
def test_halves_of_characters_become_the_replacement_character(tmp_path: Path, indent: int | None) -> None:
    several = [said(number) for number in range(2, 900)]
    words = ["a\ud83d", {"type": "link", "text": "x.org"}]
    odd = said(1, text=words, **{"from": "A\udc00", "forwarded_from": "\ud800"})
    messages, funnel = read(write(tmp_path, chat(odd, *several), indent=indent))
    assert len(messages) == 899
    assert (messages[0].text, messages[0].sender_name, messages[0].forwarded_from) == (
        "a\ufffdx.org",
        "A\ufffd",
        "\ufffd",
    )
    assert messages[0].entities == (Entity("link", 2, 7),)
    assert any(note.startswith("source: 3 messages held halves of characters") for note in funnel.notes)


def test_whole_characters_in_two_escapes_stay(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, chat(said(1, text="\U0001f92d\u0301"))))
    assert messages[0].text == "\U0001f92d\u0301"


@pytest.mark.parametrize("number", [10**30, -(10**30), 1e308, "9" * 5000, None, "x", [], {}, True, float("inf")])
def test_an_id_that_is_none_is_numbered_in_file_order(tmp_path: Path, number: object) -> None:
    messages, funnel = read(write(tmp_path, chat(said(7), said(8) | {"id": number}, said(9, "user3"))))
    expected = [7, 1 if number is True else -(2**52) + 2, 9]
    assert [message.message_id for message in messages] == expected
    assert ["have no id" in note for note in funnel.notes] == ([] if number is True else [True])


@pytest.mark.parametrize("odd", [1, 1.5, True, [], ["x"], {"a": {"b": 1}}, "", "x" * 100])
def test_fields_of_another_type_are_as_good_as_none(tmp_path: Path, odd: object) -> None:
    names = ("from", "from_id", "via_bot", "sticker_emoji", "media_type", "reply_to_message_id")
    names += ("forwarded_from", "forwarded_from_id")
    heads = dict.fromkeys(("name", "type"), odd)
    for name in names:
        messages, _ = read(write(tmp_path, chat(said(1), said(2) | {name: odd}) | heads))
        assert [message.message_id for message in messages] == [1, 2]
        fields = (messages[1].sender_id, messages[1].sender_name, messages[1].chat_id, messages[1].chat_name)
        assert all(isinstance(field, str) for field in fields)
        optional = ("via_bot", "forwarded_from", "forwarded_from_id", "sticker_emoji", "media")
        assert all(isinstance(getattr(messages[1], field), str | None) for field in optional)


def test_private_details_are_not_read(tmp_path: Path) -> None:
    contact = {"contact_information": {"phone_number": "SECRET"}, "location_information": {"latitude": 1.23456}}
    messages, _ = read(write(tmp_path, chat(said(1, text="", **contact))))
    assert "SECRET" not in repr(messages)
    assert "1.23" not in repr(messages)

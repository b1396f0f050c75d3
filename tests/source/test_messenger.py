import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.messenger import Messenger
from doppel.types import Funnel, Message

NOON = 1_600_000_000_000
PEOPLE = ("Anna K", "Ben O")


def broken(text: str) -> str:
    return text.encode().decode("latin-1")


def said(offset: int, sender: str, content: str | None, **more: Any) -> dict[str, Any]:
    words = {} if content is None else {"content": broken(content)}
    return {"sender_name": broken(sender), "timestamp_ms": NOON + offset, **words, **more}


def thread(
    folder: Path, messages: list[Any], name: str = "annak_x1", people: tuple[str, ...] = PEOPLE, part: int = 1
) -> Path:
    file = folder / "messages" / "inbox" / name / f"message_{part}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "participants": [{"name": broken(one)} for one in people],
        "messages": messages,
        "title": broken(people[0]),
        "is_still_participant": True,
        "thread_path": f"inbox/{name}",
        "magic_words": [],
    }
    file.write_text(json.dumps(content), encoding="ascii")
    return file


def read(path: Path | list[str]) -> tuple[list[Message], Funnel, Messenger]:
    source, funnel = Messenger(path=path if isinstance(path, list) else str(path)), Funnel()
    return list(source.messages(funnel)), funnel, source


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read(path)
    return str(caught.value)


def in_order(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: (one.sent_at, one.message_id))


def test_a_message(tmp_path: Path) -> None:
    [message], funnel, source = read(thread(tmp_path, [said(5, "Anna K", "hi")]))
    assert message == Message(
        chat_id="messenger:annak_x1",
        chat_name="Anna K",
        chat_kind="personal",
        message_id=1_600_000_000_005_999,
        sent_at=datetime(2020, 9, 13, 12, 26, 40, 5_000, UTC),
        sender_id="messenger:Anna K",
        sender_name="Anna K",
        text="hi",
    )
    assert [(one.stage, one.kept, one.dropped, one.unit) for one in funnel.counts] == [("source", 1, 0, "messages")]
    assert "people of one name are taken for one person" in funnel.notes[-1]
    assert list(source.fingerprint()) == ["annak_x1/message_1.json"]


def test_mojibake_is_repaired_and_counted_and_whole_words_are_left_alone(tmp_path: Path) -> None:
    whole = said(3, "Anna K", None) | {"content": "caf\u00e9 \u043f\u0440\u0438\u0432\u0435\u0442"}
    latin = said(4, "Anna K", None) | {"content": "caf\u00e9"}
    messages, funnel, _ = read(
        thread(
            tmp_path,
            [latin, whole, said(2, "\u017dofie", "\U0001f602 \u05e9\u05dc\u05d5\u05dd"), said(1, "Anna K", "plain")],
            people=("Anna K", "\u017dofie"),
        )
    )
    assert [one.text for one in in_order(messages)] == [
        "plain",
        "\U0001f602 \u05e9\u05dc\u05d5\u05dd",
        "caf\u00e9 \u043f\u0440\u0438\u0432\u0435\u0442",
        "caf\u00e9",
    ]
    assert messages[2].sender_id == "messenger:\u017dofie"
    assert funnel.tallies == {"source": {"mojibake repaired": 1}}


def test_messages_of_one_millisecond_keep_their_order_over_parts(tmp_path: Path) -> None:
    thread(tmp_path, [said(9, "Anna K", "4"), said(5, "Ben O", "3")], part=1)
    thread(tmp_path, [said(5, "Anna K", "2"), said(5, "Ben O", "1")], part=2)
    thread(tmp_path, [said(1, "Anna K", "0")], part=10)
    messages, funnel, _ = read(tmp_path)
    assert [one.text for one in in_order(messages)] == ["0", "1", "2", "3", "4"]
    assert funnel.counts[0].kept == 5


def test_overlapping_archives_are_read_once(tmp_path: Path) -> None:
    thread(tmp_path / "old", [said(2, "Ben O", "b"), said(1, "Anna K", "a")])
    thread(tmp_path / "new", [said(3, "Anna K", "c"), said(2, "Ben O", "b"), said(1, "Anna K", "a")])
    messages, funnel, _ = read([str(tmp_path / "old"), str(tmp_path / "new")])
    assert [one.text for one in in_order(messages)] == ["a", "b", "c"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 2)


def test_media_calls_and_unsent_messages(tmp_path: Path) -> None:
    messages, funnel, _ = read(
        thread(
            tmp_path,
            [
                said(9, "Anna K", "x", is_unsent=True),
                said(8, "Anna K", "Anna K called you.", call_duration=12),
                said(7, "Anna K", None, photos=[{"uri": "a.jpg"}], reactions=[]),
                said(6, "Anna K", None, sticker={"uri": "s.png"}),
                said(5, "Anna K", None, audio_files=[{"uri": "a.mp4"}]),
                said(4, "Anna K", "see", share={"link": "https://x.example"}),
                said(3, "Anna K", None, gifs=[{}], videos=[{}]),
                said(2, "Ben O", None),
            ],
        )
    )
    assert [one.is_service for one in messages] == [True, False, False, False, False, False, False]
    assert [one.media for one in messages] == [None, "photo", "sticker", "audio_file", "share", "video_file", None]
    assert [one.text for one in messages] == ["", "", "", "", "see", "", ""]
    assert funnel.counts[0].dropped == 1
    assert funnel.counts[0].why.startswith("1 unsent by those who wrote them")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Liked a message", ("", None, True)),
        ("Reacted \u2764\ufe0f to your message", ("", None, True)),
        ("Reacted \u2764 to your message ", ("", None, True)),
        ("Anna K reacted \U0001f468\u200d\U0001f469\u200d\U0001f466 to your message", ("", None, True)),
        ("Reagiu com \U0001f602 \u00e0 sua mensagem", ("", None, True)),
        ("Reaccion\u00f3 con \u2764 a tu mensaje", ("", None, True)),
        ("A r\u00e9agi avec \u2764 \u00e0 votre message", ("", None, True)),
        ("Hat mit \U0001f44d\U0001f3fd auf deine Nachricht reagiert", ("", None, True)),
        ("Ha reagito con \u2764\ufe0f al tuo messaggio", ("", None, True)),
        ("Отреагировал(-а) \u2764 на ваше сообщение", ("", None, True)),
        ('Поставил(-а) отметку "Нравится" сообщению', ("", None, True)),
        ("Curtiu uma mensagem", ("", None, True)),
        ("This poll is no longer available.", ("", None, True)),
        ("You are now connected on Messenger", ("", None, True)),
        ("You are now connected on Messenger.", ("", None, True)),
        ("You called Ben O.", ("", None, True)),
        ("Anna K wasn't notified about this message because they're in quiet mode.", ("", None, True)),
        ("You missed a call from Ben O.", ("", None, True)),
        ("Anna K named the group Picnic.", ("", None, True)),
        ("Anna K added Zoe to the group.", ("", None, True)),
        ("Anna K left the group.", ("", None, True)),
        ("Anna K sent an attachment.", ("", "file", False)),
        ("You sent a photo.", ("", "file", False)),
        ("Anna K shared a story.", ("", "file", False)),
        ("Anna K enviou um anexo.", ("", "file", False)),
        ("Вы отправили вложение.", ("", "file", False)),
        ("Anna K added salt to the soup", ("Anna K added salt to the soup", None, False)),
        ("Reacted badly to this and also to your message", None),
        ("Reacted badly to your message", None),
        ("I reacted \u2764 to your message", None),
        ("Reacted \u2764 to your message and cried", None),
        ("You called me.", None),
        ("You called Ben a fool.", None),
        ("You shared a story. Which one?", None),
        ("Ben O shared a story.", None),
        ("Anna Karenina left the group.", None),
        ("left the group", None),
        ("Ты отправила вложение?", None),
        ("I liked a message", None),
        ("You sent a photo. Which one?", None),
        ("You are right", None),
    ],
)
def test_what_meta_writes_itself(tmp_path: Path, text: str, expected: tuple[str, str | None, bool] | None) -> None:
    [message], funnel, _ = read(thread(tmp_path, [said(1, "Anna K", text)]))
    assert (message.text, message.media, message.is_service) == (expected or (text, None, False))
    told = funnel.tallies.get("source", {})
    assert sum(count for what, count in told.items() if what != "mojibake repaired") == (message.text != text)


def test_encrypted_chats(tmp_path: Path) -> None:
    file = tmp_path / "Anna K_4.json"
    common = {"isUnsent": False, "reactions": [], "media": []}
    messages = [
        {**common, "senderName": "Ben O", "text": "\u00e9t\u00e9", "timestamp": NOON, "type": "text"},
        {**common, "senderName": "Anna K", "text": "", "timestamp": NOON + 1, "type": "media"}
        | {"media": [{"uri": "./media/a.jpeg"}]},
        {**common, "senderName": "Anna K", "text": "gone", "timestamp": NOON + 2, "type": "text", "isUnsent": True},
    ]
    content = {"participants": ["Ben O", "Anna K"], "threadName": "Anna K_4", "messages": messages}
    file.write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "settings.json").write_text('{"volume": 3}', encoding="utf-8")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    found, funnel, _ = read(tmp_path)
    assert [(one.chat_id, one.chat_name, one.chat_kind) for one in found] == [
        ("messenger:Anna K_4", "Ben O, Anna K", "personal")
    ] * 2
    assert [(one.text, one.media) for one in found] == [("\u00e9t\u00e9", None), ("", "photo")]
    assert funnel.counts[0].dropped == 1


def test_the_owner_is_in_the_profile(tmp_path: Path) -> None:
    thread(tmp_path, [said(1, "Anna K", "hi"), said(2, "\u017dofie", "hi")], people=("Anna K", "\u017dofie"))
    profile = tmp_path / "profile_information" / "profile_information.json"
    profile.parent.mkdir()
    profile.write_text(json.dumps({"profile_v2": {"name": {"full_name": broken("\u017dofie")}}}), encoding="utf-8")
    _, _, source = read(tmp_path)
    assert source.owner_ids() == frozenset({"messenger:\u017dofie"})
    assert sorted(source.fingerprint()) == ["annak_x1/message_1.json", "profile_information.json"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (("Anna K", "Zoe"), frozenset({"messenger:Anna K"})),
        (("Anna K", "Ben O", "Zoe"), frozenset()),
        (("Zoe", "Ida"), frozenset()),
    ],
)
def test_the_owner_is_whom_all_threads_have(tmp_path: Path, second: tuple[str, ...], expected: frozenset[str]) -> None:
    thread(tmp_path, [said(1, "Anna K", "hi"), said(2, "Ben O", "hi")])
    thread(tmp_path, [said(1, second[0], "hi"), said(2, second[1], "hi")], "zoe_x2", second)
    messages, _, source = read(tmp_path)
    assert source.owner_ids() == expected
    assert {one.chat_kind for one in messages if one.chat_id == "messenger:zoe_x2"} == {
        "personal" if len(second) == 2 else "group"
    }


def test_one_thread_does_not_tell_the_owner(tmp_path: Path) -> None:
    thread(tmp_path, [said(1, "Anna K", "hi")])
    assert read(tmp_path)[2].owner_ids() == frozenset()


def test_accounts_that_are_gone_are_not_one_person(tmp_path: Path) -> None:
    gone = "Facebook user"
    thread(tmp_path, [said(1, gone, "hi"), said(2, "Anna K", "hi")], "a_1", (gone, "Anna K"))
    thread(tmp_path, [said(1, gone, "hi"), said(2, "Anna K", "hi")], "b_2", (gone, "Anna K"))
    messages, _, source = read(tmp_path)
    assert {one.sender_id for one in messages} == {
        "messenger:a_1/Facebook user",
        "messenger:b_2/Facebook user",
        "messenger:Anna K",
    }
    assert source.owner_ids() == frozenset({"messenger:Anna K"})


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    bad = [7, {"sender_name": "Anna K"}, said(1, "Anna K", "x") | {"timestamp_ms": -5}]
    ahead = said(0, "Ben O", None) | {"timestamp_ms": 7_000_000_000_000, "content": "later\udc00"}
    messages, funnel, _ = read(thread(tmp_path, [*bad, ahead, said(0, "", "by nobody")]))
    assert [(one.text, one.sender_id) for one in messages] == [
        ("later\ufffd", "messenger:Ben O"),
        ("by nobody", "messenger:unknown"),
    ]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (2, 3)
    assert any("a day in the future" in note for note in funnel.notes)


def test_one_speaker_is_noted(tmp_path: Path) -> None:
    _, funnel, _ = read(thread(tmp_path, [said(1, "Anna K", "hi"), said(2, "Anna K", "anyone?")]))
    assert any(note.startswith("source: one person alone speaks here") for note in funnel.notes)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "message_1.json, character 1, breaks off"),
        ("[]", "message_1.json, character 1, "),
        ("<html>", "message_1.json, character 1, "),
        ('{"participants": [], "messages": []}', "holds no messages to read (none at all)"),
        ('{"participants": [], "messages": [{"sender_name": "A",}]}', "message_1.json, character 55, is damaged"),
        ('{"participants": [{"name": "A"}', "breaks off"),
        ('{"messages": {}}', "holds no messages to read (none at all)"),
        ('{"participants": 5, "messages": [5]}', "1, all unusable: 1 that are no objects"),
    ],
)
def test_bad_files(tmp_path: Path, content: str, told: str) -> None:
    file = thread(tmp_path, [])
    file.write_text(content, encoding="utf-8")
    fault = refused(tmp_path)
    assert told in fault
    assert "source.path=" in fault


def test_other_archives_are_refused(tmp_path: Path) -> None:
    (tmp_path / "posts.json").write_text('{"posts": []}', encoding="utf-8")
    assert "holds no chats of Messenger, only posts.json" in refused(tmp_path)


def test_a_zip(tmp_path: Path) -> None:
    file = thread(tmp_path, [said(1, "Anna K", "hi"), said(2, "Ben O", "hi")])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(file, "your_activity/messages/inbox/annak_x1/message_1.json")
    assert [one.text for one in read(tmp_path / "x.zip")[0]] == ["hi", "hi"]


def test_paths_that_lead_out_of_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../message_1.json", "{}")
    assert "leads out of the archive" in refused(tmp_path / "x.zip")

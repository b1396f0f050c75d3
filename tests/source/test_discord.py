import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.discord import Discord
from doppel.types import Entity, Funnel, Message

ANNA = {"id": "8812", "name": "anna", "discriminator": "0000", "nickname": "Anna K", "isBot": False}
BEN = {"id": "77", "name": "ben", "discriminator": "0000", "nickname": "Ben", "isBot": False}
GUILD = {"id": "1", "name": "Garden", "iconUrl": ""}
CHANNEL = {"id": "500000000000000001", "type": "GuildTextChat", "categoryId": "3", "name": "weeds", "topic": None}


def said(number: int, author: dict[str, Any], content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "type": "Default",
        "timestamp": f"2023-05-01T12:00:{number % 60:02}.5+02:00",
        "timestampEdited": None,
        "content": content,
        "author": author,
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "mentions": [],
        **more,
    }


def export(folder: Path, messages: list[Any], name: str = "weeds.json", **head: Any) -> Path:
    content = {"guild": GUILD, "channel": CHANNEL, "dateRange": {"after": None, "before": None}} | head
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / name
    file.write_text(json.dumps({**content, "messages": messages, "messageCount": len(messages)}), encoding="utf-8")
    return file


def read(path: Path | list[str], timezone: str = "UTC") -> tuple[list[Message], Funnel, Discord]:
    source, funnel = Discord(path=path if isinstance(path, list) else str(path), timezone=timezone), Funnel()
    return list(source.messages(funnel)), funnel, source


def refused(path: Path | list[str]) -> str:
    with pytest.raises(DataError) as caught:
        read(path)
    return str(caught.value)


def test_a_message_of_a_server(tmp_path: Path) -> None:
    [message], funnel, source = read(export(tmp_path, [said(4, ANNA, "hi")]))
    assert message == Message(
        chat_id="discord:500000000000000001",
        chat_name="Garden #weeds",
        chat_kind="public_group",
        message_id=4,
        sent_at=datetime(2023, 5, 1, 10, 0, 4, 500_000, UTC),
        sender_id="discord:8812",
        sender_name="Anna K",
        text="hi",
    )
    assert [(one.stage, one.kept, one.dropped, one.unit) for one in funnel.counts] == [("source", 1, 0, "messages")]
    assert funnel.notes[0].startswith("source: one person alone speaks here")
    assert source.owner_ids() == frozenset()
    assert list(source.fingerprint()) == ["weeds.json"]


@pytest.mark.parametrize(
    ("kind", "expected", "topic"),
    [
        ("DirectTextChat", "personal", None),
        ("DirectGroupTextChat", "group", None),
        ("GuildPublicThread", "public_group", "weeds"),
        ("GuildPrivateThread", "group", "weeds"),
        ("GuildNews", "channel", None),
    ],
)
def test_kinds_of_channels(tmp_path: Path, kind: str, expected: str, topic: str | None) -> None:
    [message], _, _ = read(export(tmp_path, [said(1, ANNA, "hi")], channel=CHANNEL | {"type": kind}))
    assert (message.chat_kind, message.topic) == (expected, topic)
    assert message.chat_name == ("weeds" if kind.startswith("Direct") else "Garden #weeds")


def test_replies_service_bots_forwards_and_media(tmp_path: Path) -> None:
    here, away = {"messageId": "1", "channelId": CHANNEL["id"]}, {"messageId": "9", "channelId": "2"}
    messages, _, _ = read(
        export(
            tmp_path,
            [
                said(1, ANNA, "hi"),
                said(2, BEN, "hello", type="Reply", reference=here),
                said(3, BEN, "from elsewhere", type="Reply", reference=away),
                said(4, ANNA, "Started a call that lasted 3 minutes.", type="Call"),
                said(5, BEN | {"isBot": True}, "beep", type="20"),
                said(6, ANNA, "", attachments=[{"fileName": "cat.PNG", "url": "x"}]),
                said(7, ANNA, "", attachments=[{"fileName": "voice-message.ogg"}]),
                said(8, ANNA, "", attachments=[{"fileName": "list.pdf"}]),
                said(9, ANNA, "", stickers=[{"id": "1", "name": "Wave"}]),
                said(10, BEN, "", forwardedMessage={"content": "old words", "attachments": []}, reference=away),
            ],
        )
    )
    assert [one.reply_to for one in messages] == [None, 1, None, None, None, None, None, None, None, None]
    assert [one.message_id for one in messages if one.is_service] == [4]
    assert messages[3].text == ""
    assert [one.message_id for one in messages if one.is_bot] == [5]
    assert [one.media for one in messages[5:9]] == ["photo", "voice_message", "file", "sticker"]
    assert (messages[9].is_forwarded, messages[9].text) == (True, "old words")


def test_mentions_and_emoji_by_name(tmp_path: Path) -> None:
    text = "<@77> and <@!77>, see <#5> <:blob_wave:123><a:dance:4> <@99> 1 < 2"
    [message], funnel, _ = read(export(tmp_path, [said(1, ANNA, text, mentions=[BEN])]))
    assert message.text == "@Ben and @Ben, see <#5> :blob_wave::dance: <@99> 1 < 2"
    assert [message.text[one.start : one.end] for one in message.entities] == ["@Ben", "@Ben", "<#5>", "<@99>"]
    assert message.entities[0] == Entity("mention", 0, 4)
    assert "source: 1 messages mention people whom the export does not name: <@number> stays there." in funnel.notes


def test_parts_and_overlaps_are_read_once(tmp_path: Path) -> None:
    export(tmp_path, [said(1, ANNA, "a"), said(2, BEN, "b")], "weeds [part 1].json")
    export(tmp_path, [said(2, BEN, "b"), said(3, ANNA, "c")], "weeds [part 2].json")
    messages, funnel, _ = read(tmp_path)
    assert [one.text for one in messages] == ["a", "b", "c"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 1)
    assert funnel.counts[0].why.startswith("1 read before: another file of the same chat has them too (first: ")


def test_other_files_beside_are_passed_over_and_told(tmp_path: Path) -> None:
    export(tmp_path, [said(1, ANNA, "a"), said(2, BEN, "b")])
    (tmp_path / "package.json").write_text('{"name": "x", "messages": []}', encoding="utf-8")
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    attached = tmp_path / "weeds.json_Files"
    export(attached, [said(7, ANNA, "not part of it")], "sent.json")
    messages, funnel, _ = read(tmp_path)
    assert len(messages) == 2
    assert funnel.notes == ["source: 2 files were passed over as no exports of chats: list.json, package.json."]


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    broken = [said(2, ANNA, "x", timestamp="yesterday"), said(3, ANNA, "x", timestamp="1066-10-14"), 5, {"id": "7"}]
    messages, funnel, _ = read(export(tmp_path, [said(1, ANNA, "a"), *broken, said(9, BEN, "b", timestamp=None)]))
    assert [one.text for one in messages] == ["a"]
    assert funnel.counts[0].dropped == 5
    assert funnel.counts[0].why == (
        f"3 without a date that can be read (first: {tmp_path}/weeds.json); "
        f"2 that are no objects with the fields of a message (first: {tmp_path}/weeds.json)"
    )


def test_odd_characters_and_future_times_are_noted(tmp_path: Path) -> None:
    ahead = said(2, BEN, "later", timestamp="2190-01-01T00:00:00Z")
    messages, funnel, _ = read(export(tmp_path, [said(1, ANNA, "a\ud83d\0b"), ahead]))
    assert messages[0].text == "a\ufffd\ufffdb"
    assert messages[1].sent_at.year == 2190
    assert len(funnel.notes) == 2
    assert all(note.startswith("source: 1 messages") for note in funnel.notes)


def test_csv(tmp_path: Path) -> None:
    file = tmp_path / "Garden - plants - weeds [500000000000000001].csv"
    file.write_text(
        "AuthorID,Author,Date,Content,Attachments,Reactions\n"
        '"8812","anna","2023-05-01T12:00:01.0000000+02:00","two\nlines, ""quoted"" <:wave:1>","",""\n'
        '"77","ben","12-Jul-21 08:45 PM","","https://cdn/x/cat.png?ex=1","+1 (2)"\n'
        '"77","ben","nonsense","x","",""\n"77"\n',
        encoding="utf-8",
    )
    messages, funnel, _ = read(file, timezone="Europe/Berlin")
    assert [one.text for one in messages] == ['two\nlines, "quoted" :wave:', ""]
    assert [one.message_id for one in messages] == [1, 2]
    assert {one.chat_id for one in messages} == {"discord:500000000000000001"}
    assert messages[1].sent_at == datetime(2021, 7, 12, 18, 45, tzinfo=UTC)
    assert messages[1].media == "photo"
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (2, 2)
    assert "source: 1 messages name no time zone: source.timezone was taken." in funnel.notes


def test_csv_of_a_channel_that_json_has_is_passed_over(tmp_path: Path) -> None:
    export(tmp_path, [said(1, ANNA, "a"), said(2, BEN, "b")])
    (tmp_path / "weeds [500000000000000001].csv").write_text("AuthorID\n", encoding="utf-8")
    messages, funnel, _ = read(tmp_path)
    assert len(messages) == 2
    assert "passed over as channels that a JSON file already has: weeds [" in funnel.notes[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Date,Author\n", "does not begin with AuthorID,Author,Date,Content,Attachments"),
        ("", "does not begin with"),
        ("AuthorID,Author,Date,Content,Attachments,Reactions\n1,a", "1 with more or fewer columns than the header"),
    ],
)
def test_bad_csv(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(content, encoding="utf-8")
    assert told in refused(file)


def test_time_zones_must_exist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"source\.timezone='Mars/Base' is no time zone"):
        read(export(tmp_path, [said(1, ANNA, "a")]), timezone="Mars/Base")


def package(folder: Path, *, has_account: bool = True) -> Path:
    file = folder / "package.zip"
    with zipfile.ZipFile(file, "w") as archive:
        if has_account:
            archive.writestr("account/user.json", json.dumps({"id": "8812", "username": "anna", "global_name": "Anna"}))
        archive.writestr("activity/analytics/events.json", "not even JSON")
        archive.writestr("messages/index.json", json.dumps({"11": "Direct Message with ben#0", "12": None}))
        archive.writestr("messages/c11/channel.json", json.dumps({"id": "11", "type": "DM", "recipients": ["8812"]}))
        row = {"ID": 900, "Timestamp": "2023-07-20 14:58:01", "Contents": "hey <:x:1>", "Attachments": ""}
        archive.writestr("messages/c11/messages.json", json.dumps([row, row]))
        channel = {"id": "12", "type": 0, "name": "weeds", "guild": {"id": "1", "name": "Garden"}}
        archive.writestr("messages/c12/channel.json", json.dumps(channel))
        archive.writestr(
            "messages/c12/messages.csv",
            'ID,Timestamp,Contents,Attachments\n901,2021-03-09 18:30:28.464000+00:00,"a\nb",https://c/p.jpg\n',
        )
    return file


def test_the_data_package(tmp_path: Path) -> None:
    messages, funnel, source = read(package(tmp_path))
    assert [(one.chat_id, one.chat_name, one.chat_kind) for one in messages] == [
        ("discord:11", "Direct Message with ben#0", "personal"),
        ("discord:12", "Garden #weeds", "public_group"),
    ]
    assert [(one.message_id, one.text, one.media) for one in messages] == [
        (900, "hey :x:", None),
        (901, "a\nb", "photo"),
    ]
    assert messages[0].sent_at == datetime(2023, 7, 20, 14, 58, 1, tzinfo=UTC)
    assert {(one.sender_id, one.sender_name) for one in messages} == {("discord:8812", "Anna")}
    assert source.owner_ids() == frozenset({"discord:8812"})
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (2, 1)
    assert any("your own messages alone" in note and "DiscordChatExporter" in note for note in funnel.notes)


def test_the_data_package_unpacked_and_without_its_account(tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(package(tmp_path, has_account=False)) as archive:
        archive.extractall(folder)
    messages, funnel, source = read(folder / "messages")
    assert {one.sender_id for one in messages} == source.owner_ids() == {"discord:me"}
    assert any(note.startswith("source: 2 messages are of an account that the package") for note in funnel.notes)


def test_package_and_exporter_together(tmp_path: Path) -> None:
    chat = export(tmp_path, [said(900, ANNA, "hey"), said(901, BEN, "you")], channel=CHANNEL | {"id": "11"})
    messages, funnel, _ = read([str(package(tmp_path)), str(chat)])
    assert sorted(one.message_id for one in messages if one.chat_id == "discord:11") == [900, 901]
    assert funnel.counts[0].dropped == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"<html>", "holds no chats of Discord, only weeds.json"),
        (b'{"messages": []}', "holds no chats of Discord"),
        (b'{"guild": {}, "channel": {"id": "1"}, "messages": []}', "holds no messages to read (none at all)"),
        (b'{"channel": {"id": "1"}, "messages": [{"id": "1",]}', "character 50, is damaged: "),
        (b'{"channel": {"id": "1"}, "messages": [{"id": "1"', "breaks off"),
        (b'{"channel": {"id": "1"}, "messages": [{"id": "\xff"}]}', "is not UTF-8"),
        (b'{"channel": {"id": "1"}, "messages": [7]}', "1, all unusable: 1 that are no objects"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "weeds.json"
    file.write_bytes(content)
    fault = refused(file)
    assert told in fault
    assert "source.path=" in fault


def test_paths_that_lead_out_of_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../weeds.json", "{}")
    assert "leads out of the archive" in refused(tmp_path / "x.zip")


def test_a_missing_path(tmp_path: Path) -> None:
    assert "There is no file" in refused(tmp_path / "weeds.json")

"""Signal's own export and those of other programs, and what they may be instead."""

import base64
import json
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.signal import SignalExport
from doppel.types import Funnel, Message

SENT = 1_734_989_094_736  # 2024-12-23 21:24:54.736 UTC
SENT_AT = datetime(2024, 12, 23, 21, 24, 54, 736_000, tzinfo=UTC)
ANNA = uuid.UUID("11111111-2222-3333-4444-555555555555")
ACI = base64.b64encode(ANNA.bytes).decode()


def source(path: Path | list[str], timezone: str = "UTC") -> SignalExport:
    return SignalExport(path=str(path) if isinstance(path, Path) else path, timezone=timezone)


def read(path: Path | list[str], funnel: Funnel | None = None, timezone: str = "UTC") -> list[Message]:
    return list(source(path, timezone).messages(funnel or Funnel()))


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def lines(*frames: object) -> str:
    return "".join(f"{json.dumps(frame, ensure_ascii=False)}\n" for frame in frames)


def item(author: str, sent: int = SENT, chat: str = "100", **kind: Any) -> dict[str, Any]:
    return {"chatItem": {"chatId": chat, "authorId": author, "dateSent": str(sent), **kind}}


def said(author: str, body: str, sent: int = SENT, chat: str = "100", **more: Any) -> dict[str, Any]:
    return item(author, sent, chat, standardMessage={"text": {"body": body}, **more})


HEAD = (
    {"version": "1", "backupTimeMs": str(SENT), "mediaRootBackupKey": "AAAA"},
    {"account": {"givenName": "Max", "familyName": "M"}},
    {"recipient": {"id": "1", "self": {}}},
    {"recipient": {"id": "2", "contact": {"aci": ACI, "profileGivenName": "Anna", "nickname": {"given": "Anni"}}}},
    {"recipient": {"id": "3", "contact": {"e164": "491709876543"}}},
    {"recipient": {"id": "4", "group": {"masterKey": "SECRETKEY", "snapshot": {"title": {"title": "Team"}}}}},
    {"recipient": {"id": "5", "releaseNotes": {}}},
    {"chat": {"id": "100", "recipientId": "2"}},
    {"chat": {"id": "200", "recipientId": "4"}},
    {"chat": {"id": "300", "recipientId": "1"}},
)  # fmt: skip


def test_signals_own_export(tmp_path: Path) -> None:
    pointer = {"pointer": {"contentType": "image/jpeg"}}
    write(tmp_path, "export/metadata.json", '{"version": 1}')
    write(tmp_path, "export/files/ab/notes.txt", "18.03.2022, 14:56 - Anna: no message")
    write(
        tmp_path,
        "export/main.jsonl",
        lines(
            *HEAD,
            said("2", "привет"),
            said("1", "да", SENT + 1, quote={"targetSentTimestamp": str(SENT), "authorId": "2"}),
            said("3", "look", SENT + 2, "200", attachments=[pointer]),
            item("2", SENT + 3, stickerMessage={"sticker": {"emoji": "👍"}}),
            item("2", SENT + 4, remoteDeletedMessage={}),
            item("2", SENT + 5, updateMessage={"simpleUpdate": {"type": "JOINED_SIGNAL"}}),
            said("1", "", SENT + 6, "300", attachments=[pointer | {"flag": "VOICE_MESSAGE"}]),
            item("2", SENT + 7, viewOnceMessage={}),
            item("2", SENT + 8, directStoryReplyMessage={"emoji": "😊"}),
            item("2", SENT + 9, poll={"question": "?"}),
            said("2", "whose?", SENT + 10, "999"),
            item("2", SENT + 11),
            said("2", "cut", SENT + 12, longText={"contentType": "text/plain"}),
            {"futureFrame": {}},
        ),
    )
    export, funnel = source(tmp_path), Funnel()
    first, reply, group, sticker, deleted, update, note, once, story, poll, cut = export.messages(funnel)
    assert first == Message(
        chat_id=f"signal:{ANNA}", chat_name="Anni", chat_kind="personal", message_id=SENT, sent_at=SENT_AT,
        sender_id=f"signal:{ANNA}", sender_name="Anni", text="привет",
    )  # fmt: skip
    assert (reply.sender_id, reply.sender_name, reply.reply_to) == ("signal:me", "Max M", SENT)
    assert (group.chat_name, group.chat_kind, group.media, group.sender_id) == (
        "Team",
        "group",
        "photo",
        "signal:+491709876543",
    )
    assert "SECRET" not in group.chat_id
    assert (sticker.media, sticker.sticker_emoji) == ("sticker", "👍")
    assert (deleted.is_service, update.is_service) == (True, True)
    assert (note.chat_kind, note.media) == ("saved", "voice_message")
    assert (once.media, story.text, poll.media, cut.text) == ("view_once", "😊", "poll", "cut")
    assert export.owner_ids() == {"signal:me"}
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(11, 2)]
    assert any("1 messages are cut at 2,048 bytes" in told for told in funnel.notes)
    assert list(export.fingerprint()) == ["main.jsonl"]


def test_mentions_become_names(tmp_path: Path) -> None:
    frame = said("1", "\ufffc ja \ufffc", chat="200")
    frame["chatItem"]["standardMessage"]["text"]["bodyRanges"] = [
        {"start": 5, "length": 1, "mentionAci": base64.b64encode(b"x" * 16).decode()},
        {"start": 0, "length": 1, "mentionAci": ACI},
        {"start": 2, "length": 2, "style": "BOLD"},
    ]
    (one,) = read(write(tmp_path, "main.jsonl", lines(*HEAD, frame)))
    assert one.text == "@Anni ja @Max M"


def test_overlapping_exports_count_once_though_their_numbers_differ(tmp_path: Path) -> None:
    renumbered = json.loads(json.dumps(HEAD).replace('"100"', '"7"'))
    write(tmp_path, "old/main.jsonl", lines(*HEAD, said("2", "a"), said("2", "b", SENT + 1)))
    write(tmp_path, "new/main.jsonl", lines(*renumbered, said("2", "b", SENT + 1, "7"), said("2", "c", SENT + 2, "7")))
    funnel = Funnel()
    assert [one.text for one in read(tmp_path, funnel)] == ["b", "c", "a"]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(3, 1)]


def test_the_same_in_a_zip(tmp_path: Path) -> None:
    file = write(tmp_path, "main.jsonl", lines(*HEAD, said("2", "a")))
    packed = tmp_path / "signal.zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.write(file, "signal-export/main.jsonl")
    assert read(packed) == read(file)


def test_sigtops_json(tmp_path: Path) -> None:
    rows = [
        {"conversationId": "c1", "type": "incoming", "sent_at": SENT, "sourceServiceId": str(ANNA), "body": "hi \ufffc",
         "bodyRanges": [{"start": 3, "replacementText": "Max"}]},
        {"conversationId": "c1", "type": "outgoing", "sent_at": SENT + 1, "body": "yes", "quote": {"id": SENT}},
        {"conversationId": "c1", "type": "incoming", "sent_at": SENT + 2, "source": "+491701", "body": None,
         "attachments": [{"contentType": "audio/aac", "flags": 1}]},
        {"conversationId": "c1", "type": "call-history", "sent_at": SENT + 3},
        {"conversationId": "c1", "type": "outgoing", "sent_at": SENT + 4, "sticker": {"emoji": "😀"}},
        {"conversationId": "c1", "type": "outgoing", "sent_at": SENT + 5, "deletedForEveryone": True, "body": ""},
        {"conversationId": "c1", "type": "outgoing", "sent_at": None},
    ]  # fmt: skip
    file = write(tmp_path, "Anna B (+491701234567).json", "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    export, funnel = source(file), Funnel()
    first, reply, voice, call, sticker, deleted = export.messages(funnel)
    assert (first.chat_id, first.chat_name, first.chat_kind) == ("signal:c1", "Anna B", "personal")
    assert (first.sender_id, first.sender_name, first.text, first.sent_at) == (
        f"signal:{ANNA}",
        "Anna B",
        "hi @Max",
        SENT_AT,
    )
    assert (reply.sender_id, reply.reply_to, voice.media) == ("signal:me", SENT, "voice_message")
    assert (call.is_service, deleted.is_service, sticker.sticker_emoji) == (True, True, "😀")
    assert export.owner_ids() == {"signal:me"}
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(6, 1)]


def test_sigtops_json_of_a_database_that_keeps_texts_elsewhere_is_refused(tmp_path: Path) -> None:
    row = {"conversationId": "c1", "type": "outgoing", "sent_at": SENT, "recipients": []}
    with pytest.raises(DataError, match=r"no message has a text. Signal Desktop moved the texts"):
        read(write(tmp_path, "Anna.json", json.dumps([row])))


BLOCKS = """Conversation: Team (group)

From: Anna B (+491701234567)
Type: incoming
Sent: Mon, 23 Dec 2024 22:24:54 +0100
Received: Mon, 23 Dec 2024 22:24:55 +0100
Attachment: no filename (image/png, 12 bytes)
Reaction: x from You

hello

From: nobody
you

From: You
Type: outgoing
Sent: Mon, 23 Dec 2024 22:25:00 +0100

> From: Anna B (+491701234567)
> Sent: Mon, 23 Dec 2024 22:24:54 +0100
>
> hello

answer

From: You
Type: outgoing
Sent: Mon, 23 Dec 2024 22:26:00 +0100
Edited: 2 versions

| Version: 2
| Sent: Mon, 23 Dec 2024 22:27:00 +0100
|
| new
| text
|
| Version: 1
| Sent: Mon, 23 Dec 2024 22:26:00 +0100
|
| old

Type: group-v2-change
Sent: Mon, 23 Dec 2024 22:28:00 +0100

From: Boris
Type: incoming
Sent: unknown

undated
"""


def test_sigtops_text(tmp_path: Path) -> None:
    export, funnel = source(write(tmp_path, "Team (group).txt", BLOCKS)), Funnel()
    first, answer, edited, change = export.messages(funnel)
    assert (first.sender_id, first.sender_name) == ("signal:+491701234567", "Anna B")
    assert (first.text, first.media, first.chat_kind) == ("hello\n\nFrom: nobody\nyou", "photo", "group")
    assert first.sent_at == datetime(2024, 12, 23, 21, 24, 54, tzinfo=UTC)
    assert (answer.sender_id, answer.text, edited.text) == ("signal:me", "answer", "new\ntext")
    assert (change.is_service, change.sender_id) == (True, f"unknown:{change.chat_id}")
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(4, 1)]
    assert export.owner_ids() == {"signal:me"}


def test_sigtops_short_text(tmp_path: Path) -> None:
    text = (
        "2024-12-23 22:24 Anna: [reply to You on 2024-12-22 10:00, edited, 2 attachments] hello\nthere\n"
        "2024-12-23 22:25 You: [sic] yes\n2024-12-23 22:26 Anna: [call-history message]\nunknown You: lost\n"
    )
    first, second, call = read(write(tmp_path, "Anna.txt", text), timezone="Europe/Berlin")
    assert (first.text, first.media, first.sent_at) == (
        "hello\nthere",
        "media",
        datetime(2024, 12, 23, 21, 24, tzinfo=UTC),
    )
    assert (second.sender_id, second.text, call.is_service) == ("signal:me", "[sic] yes", True)


MARKDOWN = """[2024-12-23 22:24:54] Anna: hello
world
(- Me: x, Anna: y -)

[2024-12-23 22:25:00] Me:

> hello
> world

yes ![a.jpg](./media/a.jpg)

[2024-12-23 22:26:00] Anna:
(( 👍 ))

[2024-12-23 22:27:00] Anna: (This message was deleted)

[2024-12-23, 22:28] No-Sender: a [link](https://example.org)
"""


def test_signal_exports_markdown(tmp_path: Path) -> None:
    first, reply, sticker, deleted, old = read(write(tmp_path, "Anna/chat.md", MARKDOWN))
    assert (first.chat_name, first.text, first.sender_id) == ("Anna", "hello\nworld", "signal:Anna")
    assert (reply.text, reply.media, reply.sender_id) == ("yes", "photo", "signal:me")
    assert (sticker.sticker_emoji, sticker.media, sticker.text) == ("👍", "sticker", "")
    assert (deleted.is_service, old.text) == (True, "a [link](https://example.org)")
    assert old.sent_at == datetime(2024, 12, 23, 22, 28, tzinfo=UTC)


def test_another_readers_fixture(shared_data: Path) -> None:
    folder = shared_data / "multi_chatminer" / "signal"
    target = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    assert [
        {
            "timestamp": one.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": one.sender_name,
            "message": one.text.replace("\n", " "),
        }
        for one in reversed(read(folder / "test_export.txt"))
    ] == target


def test_signal_exports_json_is_read_rather_than_its_markdown(tmp_path: Path) -> None:
    rows = (
        {"date": "2024-12-23T22:24:54", "sender": "Anna", "body": "hi  ", "attachments": []},
        {"date": "2024-12-23T22:25:00+01:00", "sender": "Me", "body": "  ", "attachments": [{"name": "v.mp4"}]},
        {"date": "2024-12-23T22:26:00", "sender": "Me", "body": "", "sticker": {"emoji": "😀"}},
        {"date": "2024-12-23T22:27:00", "sender": "Anna", "body": "", "deleted": True},
        {"date": "1", "sender": "Anna", "body": "x"},
    )  # fmt: skip
    write(tmp_path, "Anna/chat.md", MARKDOWN)
    write(tmp_path, "Anna/media/notes.txt", "[2024-12-23 22:24:54] X: no message")
    write(tmp_path, "Anna/data.json", lines(*rows))
    write(tmp_path, "Boris/chat.md", "[2024-12-23 22:24:54] Boris: only here\n")
    funnel = Funnel()
    first, video, sticker, deleted, other = read(tmp_path, funnel, "Europe/Berlin")
    assert (first.chat_id, first.text, first.sent_at.hour) == ("signal:Anna", "hi", 21)
    assert (video.media, video.sender_id, video.text, video.sent_at.hour) == ("video_file", "signal:me", "", 21)
    assert (sticker.sticker_emoji, deleted.is_service, other.text) == ("😀", True, "only here")
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(5, 1)]


def test_the_text_of_signalbackup_tools(tmp_path: Path) -> None:
    text = (
        "[Dec 23, 2024 22:24:54] <Anna: B> hello\nworld\n[Dec 23, 2024 22:25:00] *** <Max> sent file \"a.jpg\"\n"
        "[Dec 23, 2024 22:25:01] *** <Max> sent file of type audio/aac\n[Dec 23, 2024 22:26:00] *** Anna called you\n"
        "[Dec 23, 2024 22:27:00] <Max> Poll: when?\n          [1] now\n[Foo 23, 2024 22:27:00] <Max> x\n"
    )  # fmt: skip
    export, funnel = source(write(tmp_path, "Anna (_id12).txt", text)), Funnel()
    first, photo, voice, call, poll = export.messages(funnel)
    assert (first.chat_name, first.sender_id, first.text) == ("Anna", "signal:Anna: B", "hello\nworld")
    assert (photo.media, photo.sender_name, voice.media) == ("photo", "Max", "audio_file")
    assert (call.is_service, poll.media, export.owner_ids()) == (True, "poll", frozenset())
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(5, 1)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b"hello\n", "is no export of Signal's messages, or an encrypted backup"),
        ("a.json", b'{"chats": []}', "is no export of Signal's messages"),
        ("db.sqlite", b"SQLite format 3\0", "is the database of Signal itself: export it with sigtop"),
        ("a.xml", b"<?xml version='1.0'?><smses/>", "is XML, as signalbackup-tools --exportxml"),
        ("a.html", b"<!DOCTYPE html>", "is HTML: export text or JSON"),
        ("a.csv", b"_id,thread_id,body\n", "is CSV"),
        ("main.jsonl", b'{"version": 1}\n{"chatItem": oops "SECRET"}\n', "line 2, is no JSON: Expecting value"),
        ("main.jsonl", b'{"version": 1}\n', "holds no messages to read"),
        ("a.json", b'[{"type": "incoming"', "breaks off"),
        ("a.txt", "[2019-12-24, 12:23] Анна: а\n".encode("cp1251"), "is not UTF-8"),
    ],
)
def test_what_a_file_may_be_instead(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read(file)
    assert told in str(refusal.value)
    assert "SECRET" not in str(refusal.value)


def test_files_beside_the_chats_are_told(tmp_path: Path) -> None:
    write(tmp_path, "Anna.txt", "2024-12-23 22:24 You: hello\n")
    write(tmp_path, "list.txt", "milk\n")
    funnel = Funnel()
    assert len(read(tmp_path, funnel)) == 1
    assert any("1 files are no export of Signal's messages" in note for note in funnel.notes)
    assert any("one person alone speaks here" in note for note in funnel.notes)


def test_one_chat_in_two_files_is_numbered_on_and_told(tmp_path: Path) -> None:
    write(tmp_path, "a/Anna.txt", "2024-12-23 22:24 You: hello\n")
    write(tmp_path, "b/Anna.txt", "2024-12-23 22:25 Anna: hello\n")
    funnel = Funnel()
    assert [one.message_id for one in read(tmp_path, funnel)] == [1, 2]
    assert any("what two files have counts twice" in note for note in funnel.notes)


def test_times_that_cannot_be_or_are_in_the_future(tmp_path: Path) -> None:
    dates = ("2024-12-23 22:24", "2024-13-23 22:24", "2190-12-23 22:24", "2024-12-23 22:75", "2020-12-23 22:24")
    text = "".join(f"{date} {name}: {name.lower()}\n" for date, name in zip(dates, "ABCDE", strict=True))
    funnel = Funnel()
    assert [one.text for one in read(write(tmp_path, "A.txt", text), funnel)] == ["a", "c", "e"]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(3, 2)]
    assert any("1 messages are dated more than a day in the future" in note for note in funnel.notes)


def test_damaged_archives_and_giant_messages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "x.zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("../main.jsonl", "{}")
    with pytest.raises(DataError, match="leads out of the archive"):
        read(packed)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged zip archive"):
        read(packed)
    monkeypatch.setattr("doppel.source.signal_lines.MAX_CHARS", 100)
    with pytest.raises(DataError, match="line 3: no message has so many characters"):
        read(write(tmp_path, "A.txt", "2024-12-23 22:24 A: a\n" + f"{'x' * 60}\n" * 9))
    monkeypatch.setattr("doppel.source.signal_blocks.MAX_LINES", 20)
    with pytest.raises(DataError, match=r"no message has so many lines"):
        read(write(tmp_path, "B.txt", BLOCKS + "x\n" * 50))

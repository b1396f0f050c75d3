import asyncio
import inspect
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient, errors, helpers
from telethon.tl import types

from doppel.config.tree import project_path
from doppel.errors import DataError
from doppel.source.telegram import TelegramExport
from doppel.source.telegram_api import TelegramApi
from doppel.source.telegram_api_login import session_file
from doppel.types import Entity, Funnel, Message
from tests.source import telegram_api_fake as fake
from tests.source.telegram_api_fake import BEN, BOT, GROUP, ME, OLD_GROUP, World, happened, said

IN_GROUP = types.PeerChannel(GROUP.id)
Read = Callable[..., tuple[list[Message], Funnel, TelegramApi]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Ten messages with Ben."""
    world = World()
    world.history[BEN.id] = [said(number, (ME, BEN)[number % 2], f"words {number}") for number in range(1, 11)]
    monkeypatch.setattr("telethon.TelegramClient", world.client)
    monkeypatch.setattr("doppel.source.telegram_api_pull.asyncio.sleep", world.sleep)
    monkeypatch.setenv("DOPPEL_TELEGRAM_API_ID", "12345")
    monkeypatch.setenv("DOPPEL_TELEGRAM_API_HASH", "0123456789abcdef")
    return world


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., TelegramApi]:
    def make(**keys: Any) -> TelegramApi:
        usual: dict[str, Any] = {
            "chats": "personal",
            "since": None,
            "is_live": True,
            "archive": str(tmp_path / "telegram" / "chats"),
            "session": str(tmp_path / "telegram" / "login" / "account.session"),
            "pause_seconds": 0.0,
            "max_wait_seconds": 60,
        }
        return TelegramApi(**{**usual, **keys})

    return make


@pytest.fixture
def read(source: Callable[..., TelegramApi]) -> Read:
    def run(**keys: Any) -> tuple[list[Message], Funnel, TelegramApi]:
        made, funnel = source(**keys), Funnel()
        return list(made.messages(funnel)), funnel, made

    return run


def stored(tmp_path: Path, name: str = "user_20") -> Path:
    return tmp_path / "telegram" / "chats" / f"{name}.jsonl"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(read: Read, **keys: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(**keys)
    return str(caught.value)


def test_personal_chats_are_fetched(world: World, read: Read, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    world.history[777000] = [said(1, None, "Login code: 55555", peer=types.PeerUser(777000))]
    messages, funnel, made = read()
    assert messages[0] == Message(
        chat_id="personal_chat:20",
        chat_name="Ben",
        chat_kind="personal",
        message_id=1,
        sent_at=fake.NOON.replace(minute=1),
        sender_id="user20",
        sender_name="Ben",
        text="words 1",
    )
    assert (messages[1].sender_id, messages[1].sender_name) == ("user10", "Anna K")
    assert [one.message_id for one in messages] == list(range(1, 11))
    assert [(one.stage, one.kept, one.dropped) for one in funnel.counts] == [("source", 10, 0)]
    assert made.owner_ids() == frozenset({"user10"})
    assert list(made.fingerprint()) == ["user_20.jsonl"]
    assert [one["entity"] for one in world.requests] == [20], "Telegram's own chat holds login codes"
    assert capsys.readouterr().err == "Telegram: chat 1 of 1, 10 new messages\n"
    assert len(list((tmp_path / "telegram" / "chats").iterdir())) == 2


def test_all_is_private(world: World, read: Read, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        read()
    finally:
        os.umask(before)
    for folder in ("chats", "login"):
        assert mode(tmp_path / "telegram" / folder) == 0o700
    for file in (stored(tmp_path), stored(tmp_path).with_name("account.json")):
        assert mode(file) == 0o600
    assert mode(Path(world.sessions[0])) == 0o600


@pytest.mark.parametrize("place", ["login", "login/account.session", "chats", "chats/user_20.jsonl"])
def test_what_others_can_read_is_refused(world: World, read: Read, tmp_path: Path, place: str) -> None:
    read()
    path = tmp_path / "telegram" / place
    path.chmod(0o755 if path.is_dir() else 0o644)
    fault = refused(read)
    assert "can be read by others on this machine" in fault
    assert f"chmod {'700' if path.is_dir() else '600'} {path}" in fault
    assert len(world.sessions) == 1 or place.startswith("chats/")


def test_a_session_that_is_a_link_is_refused(world: World, read: Read, tmp_path: Path) -> None:
    login = tmp_path / "telegram" / "login"
    login.mkdir(parents=True, mode=0o700)
    (login / "account.session").symlink_to(tmp_path / "elsewhere")
    assert "account.session cannot be used" in refused(read)
    assert not world.sessions


def test_a_second_run_fetches_only_what_is_new(world: World, read: Read) -> None:
    read()
    world.history[BEN.id].append(said(11, BEN, "new"))
    messages, _, _ = read()
    assert [one.text for one in messages[-2:]] == ["words 10", "new"]
    assert [one["min_id"] for one in world.requests] == [0, 10]


def test_one_object_visits_telegram_once(world: World, source: Callable[..., TelegramApi]) -> None:
    made = source()
    first = made.fingerprint()
    assert len(list(made.messages(Funnel()))) == 10
    assert made.fingerprint() == first
    assert world.connects == 1


def test_nobody_is_asked_when_it_is_not_live(world: World, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "holds none of the chats" in refused(read, is_live=False)
    read()
    monkeypatch.delenv("DOPPEL_TELEGRAM_API_ID")
    messages, _, made = read(is_live=False)
    assert len(messages) == 10
    assert made.owner_ids() == frozenset({"user10"})
    assert world.connects == 1


def test_telegrams_pauses_are_kept(world: World, read: Read, capsys: pytest.CaptureFixture) -> None:
    world.faults = [(4, errors.FloodWaitError(request=None, capture=30))]
    messages, _, _ = read()
    assert [one.message_id for one in messages] == list(range(1, 11))
    assert 31 in world.pauses
    assert [one["min_id"] for one in world.requests] == [0, 4]
    assert "Telegram asks for a pause of 30 seconds" in capsys.readouterr().err


def test_a_pause_that_is_too_long_ends_the_run_and_the_next_goes_on(world: World, read: Read) -> None:
    world.faults = [(4, errors.FloodWaitError(request=None, capture=3600))]
    fault = refused(read)
    assert "a pause of 3,600 seconds, more than source.max_wait_seconds=60" in fault
    assert "run the same command again later" in fault
    assert len(read()[0]) == 10
    assert [one["min_id"] for one in world.requests] == [0, 4]


def test_a_connection_that_breaks_is_mended(world: World, read: Read) -> None:
    world.faults = [(3, ConnectionError("lost")), (2, TimeoutError())]
    messages, _, _ = read()
    assert [one.message_id for one in messages] == list(range(1, 11))
    assert world.connects == 3
    assert [one["min_id"] for one in world.requests] == [0, 3, 5]


def test_a_connection_that_stays_broken_ends_the_run_and_the_next_goes_on(world: World, read: Read) -> None:
    world.faults = [(3, ConnectionError()), *[(0, ConnectionError())] * 5]
    assert "The connection to Telegram breaks again and again (ConnectionError)" in refused(read)
    assert world.pauses == [2, 4, 8, 16, 32]
    assert len(read()[0]) == 10
    assert world.requests[-1]["min_id"] == 3


def test_an_interruption_keeps_what_has_come(world: World, read: Read, tmp_path: Path) -> None:
    world.faults = [(7, KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        read()
    assert len(stored(tmp_path).read_bytes().splitlines()) == 1 + 7
    assert len(read()[0]) == 10


def test_a_torn_last_line_is_dropped_and_told(world: World, read: Read, tmp_path: Path) -> None:
    read()
    file = stored(tmp_path)
    file.write_bytes(file.read_bytes()[:-9])
    messages, funnel, _ = read()
    assert [one.message_id for one in messages] == list(range(1, 11))
    assert world.requests[-1]["min_id"] == 9
    assert "source: user_20.jsonl: a line that an interruption had cut was dropped and fetched again." in funnel.notes
    file.write_bytes(file.read_bytes()[:-9])
    messages, funnel, _ = read(is_live=False)
    assert len(messages) == 9
    assert "source: user_20.jsonl: a last line that had been cut was dropped." in funnel.notes


def test_a_file_that_was_cut_in_its_head_begins_anew(world: World, read: Read, tmp_path: Path) -> None:
    read()
    stored(tmp_path).write_bytes(b'{"type": "pers')
    assert len(read()[0]) == 10


@pytest.mark.parametrize(
    ("number", "line", "told"),
    [
        (0, b"[]", "user_20.jsonl, line 1, is damaged"),
        (0, b'{"id": 20}', "user_20.jsonl, line 1, is damaged"),
        (3, b'{"id": 3, "te', "user_20.jsonl, line 4, is damaged"),
        (10, b"\x00\x00", "user_20.jsonl, line 11, is damaged"),
        pytest.param(3, b'{"x": ' + b"[" * 99_999, "user_20.jsonl, line 4, is damaged", id="nested"),
    ],
)
def test_damage_in_the_archive_is_told_with_its_line(
    world: World, read: Read, tmp_path: Path, number: int, line: bytes, told: str
) -> None:
    read()
    lines = stored(tmp_path).read_bytes().splitlines()
    lines[number] = line
    stored(tmp_path).write_bytes(b"\n".join(lines) + b"\n")
    fault = refused(read)
    assert told in fault
    assert "Delete that file, and its chat is fetched anew" in fault


@pytest.mark.parametrize("content", [b"{", b"[]", pytest.param(b'{"x": ' + b"[" * 99_999, id="nested")])
def test_a_damaged_file_of_the_account_is_told(world: World, read: Read, tmp_path: Path, content: bytes) -> None:
    read()
    account = stored(tmp_path).with_name("account.json")
    account.write_bytes(content)
    assert f"{account} is damaged. Delete it, and it is written anew." in refused(read)


def test_messages_become_what_the_json_export_of_them_would(world: World, read: Read, tmp_path: Path) -> None:
    """The archive, with a head and a tail of its own, is a chat as Telegram Desktop writes it."""
    world.history[BEN.id] += [
        said(11, ME, "", reply_to=types.MessageReplyHeader(reply_to_msg_id=2), media=types.MessageMediaPhoto()),
        said(12, BEN, "x", fwd_from=types.MessageFwdHeader(date=fake.NOON, from_name="Zoe")),
    ]
    messages, _, _ = read()
    head, *lines = [json.loads(line) for line in stored(tmp_path).read_text(encoding="utf-8").splitlines()]
    export = tmp_path / "result.json"
    export.write_text(json.dumps({"name": head["name"], "type": head["type"], "id": head["id"], "messages": lines}))
    assert list(TelegramExport(path=str(export), timezone="UTC").messages(Funnel())) == messages


def test_text_entities_count_in_characters(world: World, read: Read) -> None:
    text = "\U0001f600 call +123 or a@b.example, see site or code @ben_o \U0001f600"
    at = {word: len(helpers.add_surrogate(text.partition(word)[0])) for word in ("+123", "a@b.example", "site", "@ben")}
    entities = [
        types.MessageEntityBold(offset=0, length=8),
        types.MessageEntityPhone(offset=at["+123"], length=4),
        types.MessageEntityEmail(offset=at["a@b.example"], length=11),
        types.MessageEntityTextUrl(offset=at["site"], length=4, url="https://x.example"),
        types.MessageEntityCode(offset=at["site"] + 1, length=2),
        types.MessageEntityMention(offset=at["@ben"], length=6),
    ]
    world.history[BEN.id] = [said(1, BEN, text, entities=entities), said(2, ME, "ok")]
    messages, _, _ = read()
    assert messages[0].text == text
    assert [(one.kind, text[one.start : one.end]) for one in messages[0].entities] == [
        ("phone", "+123"),
        ("email", "a@b.example"),
        ("link", "site"),
        ("mention", "@ben_o"),
    ]
    assert messages[0].entities[0] == Entity("phone", 7, 11)


def document(*attributes: Any) -> types.MessageMediaDocument:
    return types.MessageMediaDocument(
        document=types.Document(
            id=1,
            access_hash=1,
            file_reference=b"",
            date=fake.NOON,
            mime_type="application/octet-stream",
            size=1,
            dc_id=1,
            attributes=list(attributes),
        )
    )


STICKER = types.DocumentAttributeSticker(alt="\U0001f44d", stickerset=types.InputStickerSetEmpty())
VIDEO = types.DocumentAttributeVideo(duration=1, w=1, h=1)
CIRCLE = types.DocumentAttributeVideo(duration=1, w=1, h=1, round_message=True)


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (types.MessageMediaPhoto(), ("photo", None)),
        (document(STICKER), ("sticker", "\U0001f44d")),
        (document(STICKER, VIDEO), ("sticker", "\U0001f44d")),
        (document(CIRCLE), ("video_message", None)),
        (document(VIDEO), ("video_file", None)),
        (document(VIDEO, types.DocumentAttributeAnimated()), ("animation", None)),
        (document(types.DocumentAttributeAudio(duration=1, voice=True)), ("voice_message", None)),
        (document(types.DocumentAttributeAudio(duration=1)), ("audio_file", None)),
        (document(), ("file", None)),
        (types.MessageMediaGeo(geo=types.GeoPointEmpty()), ("location", None)),
        (types.MessageMediaContact("", "", "", "", 0), ("contact", None)),
        (types.MessageMediaDice(value=3, emoticon="\U0001f3b2"), ("dice", "\U0001f3b2")),
        (types.MessageMediaUnsupported(), ("unsupported", None)),
        (types.MessageMediaWebPage(webpage=types.WebPageEmpty(id=1)), (None, None)),
    ],
)
def test_kinds_of_media(world: World, read: Read, media: Any, expected: tuple[str | None, str | None]) -> None:
    world.history[BEN.id] = [said(1, BEN, "", media=media)]
    [message], _, _ = read()
    assert (message.media, message.sticker_emoji) == expected


def test_replies_forwards_bots_and_calls(world: World, read: Read) -> None:
    away = types.MessageReplyHeader(reply_to_msg_id=7, reply_to_peer_id=types.PeerChannel(99))
    story = types.MessageReplyStoryHeader(peer=types.PeerUser(20), story_id=1)
    call = types.MessageActionPhoneCall(call_id=1, duration=9)
    world.history[BEN.id] = [
        said(1, BEN, "a"),
        said(2, None, "b", out=True, reply_to=types.MessageReplyHeader(reply_to_msg_id=1)),
        said(3, None, "c", reply_to=away),
        said(4, BEN, "d", reply_to=story),
        said(5, BEN, "e", fwd_from=types.MessageFwdHeader(date=fake.NOON, from_id=types.PeerUser(BOT.id))),
        said(6, BEN, "f", fwd_from=types.MessageFwdHeader(date=fake.NOON, from_id=types.PeerUser(404))),
        said(7, ME, "g", via_bot_id=BOT.id),
        happened(8, BEN, call, peer=types.PeerUser(BEN.id)),
    ]
    messages, _, _ = read()
    assert [one.sender_id for one in messages] == [f"user{n}" for n in (20, 10, 20, 20, 20, 20, 10, 20)]
    assert [one.reply_to for one in messages] == [None, 1] + [None] * 6
    assert [(one.is_forwarded, one.forwarded_from) for one in messages[4:6]] == [(True, "Helper"), (True, None)]
    assert [one.forwarded_from_id for one in messages[3:7]] == [None, f"user{BOT.id}", "user404", None]
    assert messages[6].via_bot == "@helper_bot"
    assert (messages[7].is_service, messages[7].text) == (True, "")


def test_a_group_with_its_past_and_its_topics(world: World, read: Read) -> None:
    made = types.MessageActionTopicCreate(title="Weeds", icon_color=0)
    world.entities.append(OLD_GROUP)
    world.history[-5] = [
        said(1, BEN, "long ago", peer=types.PeerChat(5)),
        said(2, ME, "yes", peer=types.PeerChat(5), reply_to=types.MessageReplyHeader(reply_to_msg_id=1)),
    ]
    world.history[-1_000_000_000_050] = [
        happened(3, ME, made, peer=IN_GROUP),
        said(4, BEN, "pull", peer=IN_GROUP, reply_to=types.MessageReplyHeader(reply_to_msg_id=3, forum_topic=True)),
        said(5, None, "as the group", peer=IN_GROUP),
        Message5(),
    ]
    messages, _, _ = read(chats=["garden"])
    assert {(one.chat_id, one.chat_kind) for one in messages} == {("private_supergroup:50", "group")}
    assert [(one.message_id, one.reply_to) for one in messages if one.message_id < 0] == [
        (-999_999_999, None),
        (-999_999_998, -999_999_999),
    ]
    assert [(one.message_id, one.topic) for one in messages if one.topic] == [(3, "Weeds"), (4, "Weeds")]
    assert {one.message_id: one.sender_id for one in messages}[5] == "channel50"
    read(chats=["garden"])
    assert [one["min_id"] for one in world.requests] == [0, 0, 6, 2]


def test_a_reply_to_what_is_gone_keeps_its_topic(world: World, read: Read) -> None:
    made = types.MessageActionTopicCreate(title="Weeds", icon_color=0)
    gone = types.MessageReplyHeader(reply_to_msg_id=4, reply_to_top_id=3, forum_topic=True)
    world.history[-1_000_000_000_050] = [
        happened(3, ME, made, peer=IN_GROUP),
        said(5, BEN, "pull", peer=IN_GROUP, reply_to=gone),
        said(6, ME, "done", peer=IN_GROUP, reply_to=types.MessageReplyHeader(reply_to_msg_id=5, reply_to_top_id=3)),
    ]
    messages, _, _ = read(chats=["garden"])
    assert [(one.message_id, one.reply_to, one.topic) for one in messages] == [
        (3, None, "Weeds"),
        (5, 4, "Weeds"),
        (6, 5, "Weeds"),
    ]


def Message5() -> Any:  # noqa: N802
    return said(6, BEN, "more", peer=IN_GROUP, reply_to=types.MessageReplyHeader(reply_to_msg_id=5))


@pytest.mark.parametrize(
    ("chats", "expected"),
    [
        ("all", [10, 20, 30, 50]),
        ("groups", [50]),
        (["bots", "saved"], [10, 30]),
        ("@Ben_O", [20]),
        (["Ben", 50], [20, 50]),
        ([777000], [777000]),
    ],
)
def test_choosing_chats(world: World, read: Read, chats: Any, expected: list[int]) -> None:
    for number in (10, 30, 777000):
        world.history[number] = [said(1, None, "x", peer=types.PeerUser(number))]
    world.history[-1_000_000_000_050] = [said(1, BEN, "x", peer=IN_GROUP)]
    messages, _, _ = read(chats=chats)
    assert [one["entity"] for one in world.requests] == expected
    assert sorted(int(one.partition(":")[2]) for one in {one.chat_id for one in messages}) == expected


def test_kinds_of_chats(world: World, read: Read) -> None:
    news = types.Channel(id=60, title="News", photo=fake.PHOTO, date=fake.NOON, broadcast=True, username="news")
    world.entities.append(news)
    for number in (10, 30):
        world.history[number] = [said(1, None, "x", peer=types.PeerUser(number))]
    world.history[-1_000_000_000_060] = [said(1, None, "x", peer=types.PeerChannel(60), post=True)]
    messages, _, _ = read(chats=["saved", "bots", "channels"])
    assert {(one.chat_id, one.chat_kind, one.sender_id, one.is_bot) for one in messages} == {
        ("saved_messages:10", "saved", "user10", False),
        ("bot_chat:30", "bot", "user30", True),
        ("public_channel:60", "channel", "channel60", False),
    }


def test_a_chat_that_nobody_has(world: World, read: Read) -> None:
    assert "no chat is called 'benn'. Did you mean Ben?" in refused(read, chats=["Benn"])
    assert world.requests == []


def test_since(world: World, read: Read) -> None:
    world.history[BEN.id] = [said(1, BEN, "old"), said(1440, BEN, "new"), said(2880, ME, "newer")]
    messages, _, _ = read(since="2023-05-02")
    assert [one.text for one in messages] == ["new", "newer"]
    assert world.requests[0]["offset_date"].isoformat() == "2023-05-02T00:00:00+00:00"
    messages, funnel, _ = read(since="2023-05-03")
    assert [one.text for one in messages] == ["newer"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (1, 1)
    assert funnel.counts[0].why.startswith("1 sent before source.since")
    assert "begins at 2023-05-02 and source.since=2023-05-01 asks for more" in refused(read, since="2023-05-01")
    assert "begins at 2023-05-02" in refused(read)
    assert "source.since=May is no date" in refused(read, since="May")


def test_a_chat_that_telegram_refuses_is_told(world: World, read: Read) -> None:
    world.history[-1_000_000_000_050] = [said(1, BEN, "x", peer=IN_GROUP)]
    world.faults = [(0, errors.ChannelPrivateError(request=None))]
    world.entities = [ME, GROUP, BEN]
    messages, funnel, _ = read(chats=["groups", "personal"])
    assert {one.chat_id for one in messages} == {"personal_chat:20"}
    assert "source: channel_50.jsonl: Telegram refuses this chat (ChannelPrivateError)." in funnel.notes


def test_another_account_does_not_write_into_the_archive(world: World, read: Read) -> None:
    read()
    world.me = BEN
    assert "is the archive of another Telegram account" in refused(read)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.AuthKeyUnregisteredError(request=None), "Telegram has ended this login. Delete "),
        (errors.RPCError(request=None, message="ODD", code=406), "Telegram refuses: RPCError"),
    ],
)
def test_refusals_of_the_account(world: World, read: Read, error: Exception, told: str) -> None:
    world.faults = [(2, error)]
    assert told in refused(read)


@pytest.mark.parametrize("name", ["DOPPEL_TELEGRAM_API_ID", "DOPPEL_TELEGRAM_API_HASH"])
def test_missing_credentials(world: World, read: Read, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    fault = refused(read)
    assert f"needs {name} in the environment" in fault
    assert "https://my.telegram.org" in fault
    assert "0123456789abcdef" not in fault
    assert not world.sessions


def test_an_api_id_is_a_number_and_is_never_told(world: World, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOPPEL_TELEGRAM_API_ID", "0123456789abcdef")
    fault = refused(read)
    assert "DOPPEL_TELEGRAM_API_ID is not a number" in fault
    assert "0123456789abcdef" not in fault


class Terminal:
    """Answers the questions of a login in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.answers, self.asked, self.hidden = list(answers), [], []
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", self.input)
        monkeypatch.setattr("getpass.getpass", self.getpass)

    def input(self, prompt: str) -> str:
        self.asked.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def getpass(self, prompt: str) -> str:
        self.hidden.append(prompt)
        return self.answers.pop(0)


def test_logging_in_once(world: World, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world.is_authorized, world.has_password = False, True
    wrong = "99999"
    terminal = Terminal(monkeypatch, "", fake.PHONE, wrong, fake.CODE, "not it", fake.PASSWORD)
    assert len(read()[0]) == 10
    assert len(terminal.asked) == 4
    assert terminal.hidden == ["Your two-step verification password: "] * 2
    assert len(read()[0]) == 10
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in (fake.PHONE, fake.CODE, fake.PASSWORD, "0123456789abcdef"):
        assert secret.encode() not in everything


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["12"], "Telegram has no account for that phone number"),
        ([fake.PHONE, "1", "2", "3"], "Not right 3 times"),
        ([fake.PHONE], "The terminal was closed before Telegram was logged in to"),
    ],
)
def test_logging_in_fails(
    world: World, read: Read, monkeypatch: pytest.MonkeyPatch, answers: list[str], told: str
) -> None:
    world.is_authorized = False
    Terminal(monkeypatch, *answers)
    fault = refused(read)
    assert told in fault
    assert fake.PHONE not in fault


def test_nobody_to_ask(world: World, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    world.is_authorized = False
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert "run `doppel prepare source=telegram_api` in one" in refused(read)


def test_a_full_disk_is_told(world: World, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "cannot be written: No space left on device. What came before is stored" in refused(read)


def test_odd_characters_survive_the_archive_and_are_replaced_in_messages(world: World, read: Read) -> None:
    world.history[BEN.id] = [said(1, BEN, "a\ud83d\0b\nc\u2028"), said(2, ME, "ok")]
    messages, _, _ = read()
    assert messages[0].text == "a\ufffd\ufffdb\nc\u2028"
    world.history[BEN.id].append(said(3, BEN, "\udc00"))
    assert [read()[0][-1].message_id for _ in range(2)] == [3, 3]


@pytest.mark.parametrize(
    "name",
    ["is_user_authorized", "send_code_request", "sign_in", "get_me", "iter_dialogs", "iter_messages", "is_connected"],
)
def test_the_fake_takes_what_telethon_takes(name: str) -> None:
    real = set(inspect.signature(getattr(TelegramClient, name)).parameters)
    assert set(inspect.signature(getattr(fake.Client, name)).parameters) <= real


def test_telethons_own_session_stays_private(tmp_path: Path) -> None:
    async def open_and_close(path: Path) -> None:
        client: Any = TelegramClient(str(path), 1, "x", flood_sleep_threshold=0, receive_updates=False)
        client.session.set_dc(2, "127.0.0.1", 443)
        client.session.save()
        client.session.close()

    path = session_file(str(tmp_path / "login" / "account"))
    asyncio.run(open_and_close(path))
    assert path.name == "account.session"
    assert path.stat().st_size > 0
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}


def test_no_secret_is_a_key_of_the_config() -> None:
    written = (project_path("conf") / "source" / "telegram_api.yaml").read_text(encoding="utf-8")
    keys = {line.partition(":")[0] for line in written.splitlines() if line and not line.startswith("#")}
    assert not [key for key in keys if "api" in key or "hash" in key or "phone" in key or "password" in key]

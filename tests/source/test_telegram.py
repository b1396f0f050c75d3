"""The Telegram source on made-up exports, on real ones of every vintage, and on what is no export."""

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.telegram import TelegramExport
from doppel.types import Count, Funnel, Message


def read(path: Path) -> tuple[list[Message], Funnel]:
    funnel = Funnel()
    return list(TelegramExport(path=str(path)).messages(funnel)), funnel


def write(folder: Path, content: object, name: str = "result.json") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def said(number: int, sender: object = "user2", text: object = "hi", **more: object) -> dict:
    date = {"date": "2024-01-15T12:30:00", "date_unixtime": "1705315800"}
    return {"id": number, "type": "message", **date, "from": "Ann", "from_id": sender, "text": text, **more}


def chat(*messages: dict, kind: str = "personal_chat", number: int = 7, **more: object) -> dict:
    return {"name": "Ann", "type": kind, "id": number, **more, "messages": list(messages)}


FIXTURES = {
    # path: (messages kept, dropped, chats, owner, notes)
    "tg_innerdvations/bot.json": (2, 0, 1, None, ["date_unixtime"]),
    "tg_innerdvations/private_channel.json": (7, 0, 1, None, ["date_unixtime"]),
    "tg_innerdvations/private_group.json": (2, 0, 1, None, ["date_unixtime"]),
    "tg_innerdvations/public_channel.json": (7, 0, 1, None, ["date_unixtime"]),
    "tg_innerdvations/public_supergroup.json": (4, 0, 1, None, ["date_unixtime"]),
    "tg_innerdvations/saved.json": (21, 0, 1, "user9999999999", ["date_unixtime"]),
    "tg_innerdvations/users_test.json": (9, 0, 1, "user1", ["date_unixtime"]),
    "tg_mehrdad/test_data.json": (7, 0, 2, None, ["from_id", "date_unixtime"]),
    "tg_parser_pypi/tests/fixtures/personal_chat.json": (5, 0, 1, None, []),
    "tg_parser_pypi/tests/fixtures/supergroup_with_topics.json": (7, 0, 1, None, []),
    "tg_ragtgbot/result.json": (5, 0, 1, None, []),
    "tg_ragtgbot": (5, 0, 1, None, []),
    "tg_ragtgbot/test_case1.json": (8, 0, 1, None, []),
    "tg_ragtgbot/test_case2.json": (9, 0, 1, None, []),
    "tg_ragtgbot/test_case3.json": (11, 0, 1, None, []),
    "tg_tg2md/result.json": (19, 0, 1, None, ["date_unixtime"]),
    "tg_tkonverter/result.json": (86, 1, 1, "user777000", []),
    "tg_tkonverter/result_group.json": (44, 1, 1, None, []),
    "tg_vorot93/json_export/result.json": (4, 0, 1, None, []),
    "tg_vorot93/voice_export": (1, 0, 1, None, []),
    "multi_chatminer/telegram/test_batch_export.json": (2, 0, 1, None, ["from_id", "'unknown'", "no id"]),
    "multi_chatminer/telegram/test_single_export.json": (2, 0, 1, None, ["from_id", "'unknown'", "no id"]),
    "chitchat/owner1.result.json.gz": (45016, 0, 143, "user1000000", []),
}

REFUSED = {
    "tg_innerdvations/error.json": "is damaged after 0 readable messages (parse error: after key and value",
    "tg_innerdvations/error-unexpected.json": "message 176169 has a text that is an object with the keys error",
    "tg_innerdvations/personal.json": "holds no messages to read (none at all)",
    "tg_innerdvations": "has no result.json; it holds README.md, bot.json, error-unexpected.json",
    "tg_tkonverter/cli-config.json": "it has no list of messages. Keys seen: profile, show_time",
    "tg_vorot93/basic_export": "has no result.json; it holds chat_001",
    "tg_vorot93/basic_export/chat_001": "an HTML export",
    "tg_vorot93/basic_export/chat_001/messages.html": "is HTML or XML, not JSON",
    "tg_vorot93/tdesktop_media/chat_001/messages.html": "is HTML or XML, not JSON",
    "multi_chatminer/telegram/target.json": "it has no list of messages. Keys seen: timestamp, author, message",
    "multi_chatminer/instagram/test_export.json": "holds no messages to read (2, all unusable: 2 without a date",
}


@pytest.mark.parametrize("name", FIXTURES)
def test_real_exports_load(shared_data: Path, name: str) -> None:
    kept, dropped, chats, owner, notes = FIXTURES[name]
    export, funnel = TelegramExport(path=str(shared_data / name)), Funnel()
    messages = list(export.messages(funnel))
    assert (len(messages), len({message.chat_id for message in messages})) == (kept, chats)
    assert [(line.stage, line.kept, line.dropped) for line in funnel.counts] == [("source", kept, dropped)]
    assert len(funnel.notes) == len(notes)
    assert all(word in note for word, note in zip(notes, funnel.notes, strict=True))
    assert export.owner_id() == owner
    assert TelegramExport(path=str(shared_data / name)).owner_id() == owner  # also before anything was read


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_broken_or_no_export_is_refused(shared_data: Path, name: str) -> None:
    with pytest.raises(DataError) as refusal:
        read(shared_data / name)
    assert REFUSED[name] in str(refusal.value)
    assert str(shared_data / name) in str(refusal.value)


def test_every_json_of_the_telegram_folders_is_listed_above(shared_data: Path) -> None:
    found = {str(file.relative_to(shared_data)) for file in shared_data.glob("tg_*/**/*.json")}
    assert found - FIXTURES.keys() - REFUSED.keys() == {"tg_vorot93/voice_export/result.json"}  # read as a folder


def test_chitchat_by_the_numbers(shared_data: Path) -> None:
    messages, _ = read(shared_data / "chitchat/owner1.result.json.gz")
    assert sum(message.sender_id == "user1000000" for message in messages) == 25272
    assert len({message.sender_id for message in messages}) == 143
    first = messages[0]
    assert (first.chat_id, first.message_id, first.text) == ("personal_chat:1000020", 1, "hi")
    assert first.sent_at == datetime(2018, 5, 9, 23, 19, 51, tzinfo=UTC)


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
        ("public_supergroup", "group"),
        ("group_chat", "group"),
        ("private_channel", "channel"),
        ("public_channel", "channel"),
        ("hologram", "unknown"),
    ],
)
def test_chat_kinds(tmp_path: Path, written: str, kind: str) -> None:
    messages, funnel = read(write(tmp_path, chat(said(1), kind=written)))
    assert (messages[0].chat_kind, messages[0].chat_id) == (kind, f"{written}:7")
    assert len(funnel.notes) == (kind == "unknown")


def test_a_whole_account_with_left_chats_and_private_data(tmp_path: Path) -> None:
    account = {
        "about": "...",
        "personal_information": {"user_id": 1, "phone_number": "secret"},
        "contacts": {"list": [{"user_id": 5, "phone_number": "secret"}]},
        "sessions": {"list": [{"last_ip": "secret"}]},
        "chats": {"about": "...", "list": [chat(said(1)), chat(said(1), number=8, name=None)]},
        "left_chats": {"about": "...", "list": [chat(said(1), kind="private_group")]},
    }
    messages, _ = read(write(tmp_path, account))
    assert [message.chat_id for message in messages] == ["personal_chat:7", "personal_chat:8", "private_group:7"]
    assert messages[1].chat_name == "personal_chat"
    assert TelegramExport(path=str(tmp_path)).owner_id() == "user1"


def test_a_bare_list_of_chats_and_a_chat_whose_head_comes_last(tmp_path: Path) -> None:
    backwards = {"messages": [said(1)], "id": 8, "type": "private_group", "name": "late"}
    messages, _ = read(write(tmp_path, [chat(said(1)), backwards]))
    assert [(message.chat_id, message.chat_name) for message in messages] == [
        ("personal_chat:7", "Ann"),
        ("private_group:8", "late"),
    ]


def test_repeats_and_undated_messages_are_counted(tmp_path: Path) -> None:
    undated = {"id": 3, "type": "unsupported"}
    odd = said(4, type="from the future")
    messages, funnel = read(write(tmp_path, {"chats": {"list": [chat(said(1), said(2), undated, odd), chat(said(2))]}}))
    assert [message.message_id for message in messages] == [1, 2]
    why = (
        "1 without a date (kinds that the exporting program did not support); "
        "1 of a type that is neither message nor service; 1 with the id of an earlier one in the same chat"
    )
    assert funnel.counts == [Count("source", 2, 3, "messages", why)]


def test_dates_of_old_exports_are_taken_as_utc_and_noted_once(tmp_path: Path) -> None:
    old = [{key: value for key, value in said(number).items() if key != "date_unixtime"} for number in (1, 2)]
    messages, funnel = read(write(tmp_path, chat(*old)))
    assert messages[0].sent_at == datetime(2024, 1, 15, 12, 30, tzinfo=UTC)
    assert funnel.notes == ["source: 2 messages have no date_unixtime: their local time was taken as UTC."]


@pytest.mark.parametrize("date", [{"date_unixtime": "99999999999999999"}, {"date_unixtime": "", "date": "yesterday"}])
def test_an_impossible_date_is_refused(tmp_path: Path, date: dict) -> None:
    with pytest.raises(
        DataError, match=r"message 1 has the date '(9+|yesterday)'. Telegram Desktop writes date_unixtime"
    ):
        read(write(tmp_path, chat(said(1, **date))))


@pytest.mark.parametrize("name", ["result.json.gz", "renamed.json"])
def test_gzip_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.compress(json.dumps(chat(said(1))).encode()))
    messages, _ = read(tmp_path if name == "result.json.gz" else file)
    assert len(messages) == 1


def test_a_byte_order_mark_and_invalid_escapes_are_read(tmp_path: Path) -> None:
    text = json.dumps(chat(said(1, text="PLACE"))).replace("PLACE", r"a\x08b\\x08")
    messages, _ = read(write(tmp_path, "\ufeff" + text))
    assert messages[0].text == "a\bb\\x08"


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    export = TelegramExport(path=str(write(tmp_path, chat(said(1), said(2)))))
    assert list(export.messages(Funnel())) == list(export.messages(Funnel()))


def test_the_owner_by_the_three_signs(tmp_path: Path) -> None:
    def owner(content: object) -> str | None:
        return TelegramExport(path=str(write(tmp_path, content))).owner_id()

    saved = chat(said(1), kind="saved_messages", number=3)
    alone = chat(said(1, "user7"), said(2, "user9"))
    assert owner({"personal_information": {"user_id": 5}, "chats": {"list": [saved]}}) == "user5"
    assert owner({"chats": {"list": [alone, saved]}}) == "user3"
    assert owner(alone) == "user9"
    assert owner(chat(said(1, "user7"))) is None  # only the other one speaks
    assert owner(chat(said(1, "user7"), said(2, "user8"), said(3, "user9"))) is None
    assert owner([alone, chat(said(1, "user8"), number=8)]) is None


def test_the_owner_costs_no_second_reading(tmp_path: Path) -> None:
    file = write(tmp_path, chat(said(1, "user7"), said(2, "user9")))
    export = TelegramExport(path=str(file))
    list(export.messages(Funnel()))
    file.unlink()
    assert export.owner_id() == "user9"


def test_the_fingerprint_is_of_the_file_on_disk(tmp_path: Path) -> None:
    file = write(tmp_path, chat(said(1)))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert TelegramExport(path=str(tmp_path)).fingerprint() == {"result.json": digest}


def test_a_cut_file_says_how_far_it_could_be_read(tmp_path: Path) -> None:
    whole = json.dumps(chat(*(said(number) for number in range(1, 1001)))).encode()
    plain, packed = tmp_path / "cut.json", tmp_path / "cut.json.gz"
    plain.write_bytes(whole[: len(whole) // 2])
    complete = plain.read_bytes().count(b"}")
    packed.write_bytes(gzip.compress(whole)[:-2000])
    with pytest.raises(
        DataError, match=rf"cut.json breaks off after {complete} readable messages \(parse error: premature EOF"
    ):
        read(plain)
    with pytest.raises(DataError, match=r"cut.json.gz breaks off after \d+ readable messages \(Compressed file ended"):
        read(packed)


def test_damage_is_told_without_quoting_the_chat(tmp_path: Path) -> None:
    file = write(tmp_path, json.dumps(chat(said(1, text="SECRET"))).replace('"SECRET"', '"SECRET" oops'))
    with pytest.raises(DataError) as refusal:
        read(file)
    assert "is damaged after 0 readable messages" in str(refusal.value)
    assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!DOCTYPE html>", "is HTML or XML"),
        (b"PK\x03\x04...", "is a zip archive"),
        (b"[12:01] Ann: hi", "is damaged"),
        (b"01.02.24, 12:01 - Ann: hi", "is not JSON: it begins with b'01.0'"),
        (b"[]", "it has no list of messages. Keys seen: none"),
        (b'{"chats": {"list": []}}', "holds no messages to read (none at all)"),
    ],
)
def test_what_a_file_may_be_instead(tmp_path: Path, content: bytes, seen: str) -> None:
    file = tmp_path / "result.json"
    file.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read(file)
    assert seen in str(refusal.value)
    assert "source.path=FILE" in str(refusal.value)
    assert "Machine-readable JSON" in str(refusal.value)


def test_a_missing_file_is_refused_with_near_misses(tmp_path: Path) -> None:
    write(tmp_path, chat(said(1)))
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "resutl.json")
    assert f"There is no file {tmp_path}/resutl.json. Did you mean {tmp_path}/result.json?" in str(refusal.value)
    with pytest.raises(DataError, match="nowhere does not exist either"):
        read(tmp_path / "nowhere" / "result.json")


def test_a_file_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, chat(said(1)))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the superuser may read everything: rights cannot be taken away
    with pytest.raises(DataError, match=r"result.json cannot be read: Permission denied"):
        read(file)

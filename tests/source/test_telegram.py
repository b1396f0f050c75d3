"""The Telegram source on made-up exports, on real ones of every vintage, and on what is no export."""

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.types import Count, Funnel
from tests.source.telegram_exports import chat, exported, read, said, write

ALONE = "one person alone speaks"
FIXTURES = {
    # path: (messages kept, dropped, chats, owners, a word of each note that does not depend on today)
    "tg_innerdvations/bot.json": (2, 0, 1, [], ["date_unixtime"]),
    "tg_innerdvations/private_channel.json": (7, 0, 1, [], ["date_unixtime", ALONE]),
    "tg_innerdvations/private_group.json": (2, 0, 1, [], ["date_unixtime", ALONE]),
    "tg_innerdvations/public_channel.json": (7, 0, 1, [], ["date_unixtime", ALONE]),
    "tg_innerdvations/public_supergroup.json": (4, 0, 1, [], ["date_unixtime", ALONE]),
    "tg_innerdvations/saved.json": (21, 0, 1, ["user9999999999"], ["date_unixtime"]),
    "tg_innerdvations/users_test.json": (9, 0, 1, ["user1"], ["date_unixtime"]),
    "tg_mehrdad/test_data.json": (7, 0, 2, [], ["date_unixtime", "from_id"]),
    "tg_parser_pypi/tests/fixtures/personal_chat.json": (5, 0, 1, [], []),
    "tg_parser_pypi/tests/fixtures/supergroup_with_topics.json": (7, 0, 1, [], []),
    "tg_parser_pypi": (12, 0, 2, [], []),  # a folder of chats under names of their own
    "tg_ragtgbot/result.json": (5, 0, 1, [], [ALONE]),
    "tg_ragtgbot": (33, 0, 4, [], []),
    "tg_ragtgbot/test_case1.json": (8, 0, 1, [], []),
    "tg_ragtgbot/test_case2.json": (9, 0, 1, [], []),
    "tg_ragtgbot/test_case3.json": (11, 0, 1, [], []),
    "tg_tg2md/result.json": (17, 2, 1, [], ["date_unixtime", ALONE]),  # one album of three photos
    "tg_tkonverter/result.json": (86, 1, 1, ["user777000"], []),
    "tg_tkonverter/result_group.json": (44, 1, 1, [], []),
    "tg_tkonverter": (130, 2, 2, ["user777000"], ["1 JSON files are no Telegram exports: left out (cli-config.json)"]),
    "tg_vorot93/json_export/result.json": (4, 0, 1, [], []),
    "tg_vorot93/voice_export": (1, 0, 1, [], [ALONE]),
    "tg_vorot93": (5, 0, 2, [], []),  # both of its exports
    "multi_chatminer/telegram": (
        4,
        0,
        2,
        [],
        ["from_id", "'unknown'", "no id", "1 JSON files are no Telegram exports"],
    ),
    "multi_chatminer/telegram/test_batch_export.json": (2, 0, 1, [], ["from_id", "'unknown'", "no id"]),
    "multi_chatminer/telegram/test_single_export.json": (2, 0, 1, [], ["from_id", "'unknown'", "no id"]),
    "chitchat/owner1.result.json.gz": (45016, 0, 143, ["user1000000"], []),
}

REFUSED = {
    "tg_innerdvations/error.json": "character 68, is damaged: it has '\"' where ',' must be",
    "tg_innerdvations/error-unexpected.json": "message 176169 has a text that is an object with the keys error",
    "tg_innerdvations/personal.json": "holds no messages to read (none at all)",
    "tg_innerdvations": "/error-unexpected.json, message 176169 has a text",  # a folder without a result.json
    "tg_tkonverter/cli-config.json": "it has no list of messages. Keys seen: profile, show_time",
    "tg_vorot93/basic_export": "holds no result.json but messages.html. An HTML export is read by source=telegram_html",
    "tg_vorot93/basic_export/chat_001": "An HTML export is read by source=telegram_html",
    "tg_vorot93/basic_export/chat_001/messages.html": "is HTML or XML, not JSON (An HTML export is read by",
    "tg_vorot93/tdesktop_media/chat_001/messages.html": "is HTML or XML, not JSON",
    "multi_chatminer/instagram": "has no result.json or result.json.gz; it holds 2 other files: target.json,",
    "multi_chatminer/telegram/target.json": "it has no list of messages. Keys seen: timestamp, author, message",
    "multi_chatminer/instagram/test_export.json": "holds no messages to read (2, all unusable: 2 without a date",
}


@pytest.mark.parametrize("name", FIXTURES)
def test_real_exports_load(shared_data: Path, name: str) -> None:
    kept, dropped, chats, owners, notes = FIXTURES[name]
    export, funnel = exported(shared_data / name), Funnel()
    messages = list(export.messages(funnel))
    assert (len(messages), len({message.chat_id for message in messages})) == (kept, chats)
    assert [(line.stage, line.kept, line.dropped) for line in funnel.counts] == [("source", kept, dropped)]
    lasting = [note for note in funnel.notes if "in the future" not in note]
    assert len(lasting) == len(notes)
    assert all(any(word in note for note in lasting) for word in notes)
    assert export.owner_ids() == frozenset(owners)


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
    assert exported(tmp_path).owner_ids() == {"user1"}


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
    file = write(tmp_path, {"chats": {"list": [chat(said(1), said(2), undated, odd, 5), chat(said(2))]}})
    messages, funnel = read(file)
    assert [message.message_id for message in messages] == [1, 2]
    why = (
        f"1 without a date (kinds that the exporting program did not support) (first: {file}, message 3); "
        f"1 of a type that is neither message nor service (first: {file}, message 4); "
        f"1 that are no objects with the fields of a message (first: {file}, the 5. message that was read); "
        f"1 with the id of an earlier one in the same chat (first: {file}, message 2)"
    )
    assert funnel.counts == [Count("source", 2, 4, "messages", why)]


def local(number: int, date: str) -> dict:
    return {**{key: value for key, value in said(number).items() if key != "date_unixtime"}, "date": date}


def test_dates_of_old_exports_are_local_and_noted_once(tmp_path: Path) -> None:
    file = write(tmp_path, chat(local(1, "2024-01-15T12:30:00"), local(2, "2024-01-15T12:30:00"), said(3, "user7")))
    messages, funnel = read(file)
    assert messages[0].sent_at == datetime(2024, 1, 15, 12, 30, tzinfo=UTC)
    assert funnel.notes == [
        "source: 2 messages have no date_unixtime: their local time was taken as of source.timezone=UTC."
    ]
    messages, _ = read(file, timezone="Europe/Berlin")
    assert messages[0].sent_at == datetime(2024, 1, 15, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "hour"),
    [("2024-03-31T02:30:00", 1), ("2024-10-27T02:30:00", 0)],  # an hour that never was, one that came twice
)
def test_odd_hours_of_summer_time_are_read(tmp_path: Path, date: str, hour: int) -> None:
    messages, _ = read(write(tmp_path, chat(local(1, date))), timezone="Europe/Berlin")
    assert messages[0].sent_at == datetime.fromisoformat(date).replace(hour=hour, tzinfo=UTC)


def test_an_unknown_timezone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"source.timezone='Europe/Berln' is no time zone. Did you mean Europe/Berlin"):
        read(write(tmp_path, chat(said(1))), timezone="Europe/Berln")


NO_UNIXTIME = ["9" * 17, "9" * 5000, "-5", [1], 1e300, "yesterday", "99999999999999999999", 253402300800]
IMPOSSIBLE = [
    *({"date_unixtime": odd, "date": "1969-12-31T00:00:00"} for odd in NO_UNIXTIME),
    {"date_unixtime": "-5", "date": None},
    {"date_unixtime": "", "date": "yesterday"},
    {"date_unixtime": "", "date": "9999-01-01T00:00:00"},
    {"date_unixtime": "", "date": {"a": 1}},
]


@pytest.mark.parametrize("date", IMPOSSIBLE)
def test_an_impossible_date_is_counted_and_a_file_of_them_is_refused(tmp_path: Path, date: dict) -> None:
    file = write(tmp_path, chat(said(1, **date), said(2)))
    messages, funnel = read(file)
    assert [message.message_id for message in messages] == [2]
    assert funnel.counts[0].why == f"1 without a date that can be read (first: {file}, message 1)"
    with pytest.raises(
        DataError, match=r"holds no messages to read \(1, all unusable: 1 without a date that can be read"
    ):
        read(write(tmp_path, chat(said(1, **date))))


@pytest.mark.parametrize("odd", NO_UNIXTIME)
def test_a_bad_unixtime_leaves_the_date(tmp_path: Path, odd: object) -> None:
    zoned = said(2, date_unixtime=odd, date="2024-01-15T12:30:00+03:00")
    file = write(tmp_path, chat(said(1, date_unixtime=odd), zoned, said(3, "user7"), local(4, "2024-01-15T12:30:00")))
    messages, funnel = read(file, timezone="Europe/Berlin")
    assert [(one.message_id, one.sent_at.hour, one.sent_at.minute) for one in messages] == [
        (1, 11, 30),
        (2, 9, 30),
        (3, 10, 50),
        (4, 11, 30),
    ]
    assert funnel.counts == [Count("source", 4, 0, "messages", "")]
    assert funnel.notes == [
        "source: 2 messages have a date_unixtime that no chat can have: their date was taken, as of "
        "source.timezone=Europe/Berlin.",
        "source: 1 messages have no date_unixtime: their local time was taken as of source.timezone=Europe/Berlin.",
    ]


def test_times_in_the_future_or_out_of_order_are_kept_as_they_come(tmp_path: Path) -> None:
    far = said(1, date_unixtime="7000000000")
    messages, funnel = read(write(tmp_path, chat(far, said(3), said(2, "user7", date_unixtime="1"))))
    assert [message.message_id for message in messages] == [1, 3, 2]
    assert [message.sent_at.year for message in messages] == [2191, 2024, 1970]
    assert "1 messages are dated more than a day in the future" in funnel.notes[0]


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
    export = exported(write(tmp_path, chat(said(1), said(2))))
    assert list(export.messages(Funnel())) == list(export.messages(Funnel()))


def test_a_folder_of_renamed_exports(tmp_path: Path) -> None:
    write(tmp_path, chat(said(1), said(2, "user7")), "ann.json")
    write(tmp_path, {"chats": {"list": [chat(said(2, "user7"), said(3)), chat(said(1), number=8)]}}, "all.json")
    (tmp_path / "old.json.gz").write_bytes(gzip.compress(json.dumps(chat(said(4), number=9)).encode()))
    write(tmp_path, [{"text": "hi"}], "pairs.json")
    messages, funnel = read(tmp_path)
    assert sorted((one.chat_id, one.message_id) for one in messages) == [
        *(("personal_chat:7", number) for number in (1, 2, 3)),
        ("personal_chat:8", 1),
        ("personal_chat:9", 4),
    ]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (5, 1)
    assert funnel.notes == ["source: 1 JSON files are no Telegram exports: left out (pairs.json)."]
    assert sorted(exported(tmp_path).fingerprint()) == ["all.json", "ann.json", "old.json.gz"]


def test_renamed_exports_are_read_beside_pages_of_html(tmp_path: Path) -> None:
    write(tmp_path, chat(said(1)), "ann.json")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "messages.html").write_text("<html></html>", encoding="utf-8")
    assert [one.message_id for one in read(tmp_path)[0]] == [1]
    write(tmp_path, [{"text": "hi"}], "ann.json")
    with pytest.raises(DataError, match=r"holds no result.json but messages.html"):
        read(tmp_path)


def test_exports_right_beside_a_result_are_read_as_well(tmp_path: Path) -> None:
    write(tmp_path, chat(said(1)))
    write(tmp_path, chat(said(1), said(2, "user7")), "result (1).json")
    write(tmp_path, {"chats": {"list": [chat(said(1), number=8)]}}, "work.json")
    write(tmp_path, [{"text": "hi"}], "pairs.json")
    messages, funnel = read(tmp_path)
    chats = ("personal_chat:7", "personal_chat:7", "personal_chat:8")
    assert [(one.chat_id, one.message_id) for one in messages] == list(zip(chats, (1, 2, 1), strict=True))
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 1)
    assert funnel.notes == ["source: 1 JSON files are no Telegram exports: left out (pairs.json)."]
    assert sorted(exported(tmp_path).fingerprint()) == ["result (1).json", "result.json", "work.json"]


def test_in_the_folders_below_a_result_other_json_is_what_someone_sent(tmp_path: Path) -> None:
    write(tmp_path, chat(said(1)))
    (tmp_path / "files").mkdir()
    write(tmp_path / "files", chat(said(5)), "sent.json")
    write(tmp_path / "files", [{"text": "hi"}], "pairs.json")
    messages, funnel = read(tmp_path)
    assert [one.message_id for one in messages] == [1]
    [note] = [note for note in funnel.notes if "left out" in note]
    assert note.startswith("source: 1 JSON files begin as Telegram exports, but lie in folders without a result.json")
    assert "left out (sent.json)" in note
    messages, funnel = read(tmp_path, tmp_path / "files" / "sent.json")
    assert [one.message_id for one in messages] == [1, 5]
    assert not any("left out" in note for note in funnel.notes)


def test_of_several_folders_each_must_hold_an_export(tmp_path: Path) -> None:
    for name, number in (("a", 1), ("b", 2), ("c", 3)):
        (tmp_path / name).mkdir()
        if name != "c":
            write(tmp_path / name, chat(said(number)), "result.json" if name == "a" else "chat.json")
    messages, _ = read(tmp_path / "a", tmp_path / "b", tmp_path / "a" / "result.json")
    assert [one.message_id for one in messages] == [1, 2]
    with pytest.raises(DataError, match=r"/c has no result.json or result.json.gz; it holds no file at all"):
        read(tmp_path / "a", tmp_path / "c")


def test_the_owner_by_the_three_signs(tmp_path: Path) -> None:
    def owners(content: object) -> set[str]:
        return set(exported(write(tmp_path, content)).owner_ids())

    saved = chat(said(1), kind="saved_messages", number=3)
    alone = chat(said(1, "user7"), said(2, "user9"))
    assert owners({"personal_information": {"user_id": 5}, "chats": {"list": [saved]}}) == {"user5"}
    assert owners({"chats": {"list": [alone, saved]}}) == {"user3"}
    assert owners(alone) == {"user9"}
    assert owners(chat(said(1, "user7"))) == set()  # only the other one speaks
    assert owners(chat(said(1, "user7"), said(2, "user8"), said(3, "user9"))) == set()
    assert owners([alone, chat(said(1, "user8"), number=8)]) == {"user9"}
    assert owners([alone, chat(said(1, "user8"), said(2, "user5"), number=8)]) == set()  # they contradict each other


def test_the_owner_costs_no_second_reading(tmp_path: Path) -> None:
    file = write(tmp_path, chat(said(1, "user7"), said(2, "user9")))
    export = exported(file)
    list(export.messages(Funnel()))
    file.unlink()
    assert export.owner_ids() == {"user9"}


def test_the_fingerprint_is_of_the_file_on_disk(tmp_path: Path) -> None:
    file = write(tmp_path, chat(said(1)))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert exported(tmp_path).fingerprint() == {"result.json": digest}


def test_a_cut_file_says_how_far_it_could_be_read(tmp_path: Path) -> None:
    whole = json.dumps(chat(*(said(number) for number in range(1, 1001)))).encode()
    plain, packed = tmp_path / "cut.json", tmp_path / "cut.json.gz"
    plain.write_bytes(whole[: len(whole) // 2])
    packed.write_bytes(gzip.compress(whole)[:-2000])
    with pytest.raises(DataError, match=rf"cut.json, character {len(whole) // 2 + 1:,}, breaks off. Accepted"):
        read(plain)
    with pytest.raises(DataError, match=r"cut.json.gz, character [\d,]+, cannot be read on: Compressed file ended"):
        read(packed)


@pytest.mark.parametrize("indent", [None, 1])
def test_damage_in_the_middle_is_told_with_its_place_and_without_the_chat(tmp_path: Path, indent: int | None) -> None:
    messages = [said(number, text="SECRET" * (number == 3500)) for number in range(1, 5001)]
    text = json.dumps(chat(*messages), indent=indent)
    place = text.index('"' + "SECRET") + len('"SECRET" ')
    file = write(tmp_path, text.replace('"SECRET"', '"SECRET" oops'))
    with pytest.raises(DataError) as refusal:
        read(file)
    assert f"result.json, character {place + 1:,}, is damaged: Expecting ',' delimiter. " in str(refusal.value)
    assert "SECRET" not in str(refusal.value)


def test_more_after_the_end_is_not_passed_over(tmp_path: Path) -> None:
    text = json.dumps(chat(said(1)))
    with pytest.raises(DataError, match=rf"character {len(text) + 2:,}, goes on with '{{' after the end"):
        read(write(tmp_path, f"{text}\n{text}"))


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!DOCTYPE html>", "is HTML or XML"),
        (b"PK\x03\x04...", "is a damaged zip archive: File is not a zip file"),
        (json.dumps(chat(said(1))).encode("utf-16"), "is UTF-16, not UTF-8: save it as UTF-8"),
        (json.dumps(chat(said(1))).encode("utf-16-le"), "is UTF-16, not UTF-8"),
        ('{"name": "\u0410\u043d\u044f"}'.encode("cp1251"), "character 11, is not UTF-8: byte 0xc0"),
        (b"[12:01] Ann: hi", "character 4, is damaged: it has ':' where ',' must be"),
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

"""WhatsApp's exports of every locale, and what they may be instead."""

import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.whatsapp import WhatsAppExport
from doppel.types import Funnel, Message

BEGIN = "18.03.2022, 14:56 - Anna: привет\n"


def source(path: Path | list[str], timezone: str = "UTC", date_order: str | None = None) -> WhatsAppExport:
    return WhatsAppExport(path=str(path) if isinstance(path, Path) else path, timezone=timezone, date_order=date_order)  # type: ignore[arg-type]


def read(path: Path | list[str], funnel: Funnel | None = None, **how: str) -> list[Message]:
    return list(source(path, **how).messages(funnel or Funnel()))


def write(folder: Path, text: str, name: str = "WhatsApp Chat with Anna.txt", encoding: str = "utf-8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("name", ["[mmddyy]_24hrs", "ddmmyy_24hrs", "mmddyy_24hrs", "mmddyyyy_12hrs", "yyyymmdd_24hrs"])
def test_five_date_formats_give_what_another_reader_gives(shared_data: Path, name: str) -> None:
    folder = shared_data / "multi_chatminer" / "whatsapp"
    target = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    funnel = Funnel()
    messages = read(folder / f"test_{name}.txt", funnel)
    spoken = [
        {
            "timestamp": one.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": one.sender_name,
            "message": one.text.replace("\n", " "),
        }
        for one in reversed(messages)
        if not one.is_service
    ]
    assert spoken == target
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(9, 0)]
    assert [one.is_service for one in messages].count(True) == 3


def test_a_message_whole(tmp_path: Path) -> None:
    export = source(
        write(tmp_path, BEGIN + "18.03.2022, 14:57 - +40 521 028 61 88: раз\nдва\n\nтри\n"), "Europe/Berlin"
    )
    first, second = export.messages(Funnel())
    assert first == Message(
        chat_id="whatsapp:Anna", chat_name="Anna", chat_kind="personal", message_id=1,
        sent_at=datetime(2022, 3, 18, 13, 56, tzinfo=UTC), sender_id="whatsapp:Anna", sender_name="Anna", text="привет",
    )  # fmt: skip
    assert (second.sender_id, second.text, second.message_id) == ("whatsapp:+405210286188", "раз\nдва\n\nтри", 2)
    assert export.owner_ids() == frozenset()
    assert list(export.fingerprint()) == ["WhatsApp Chat with Anna.txt"]


JUNE_3 = (2018, 6, 3, 13, 55, 0)
JUNE_13 = (2018, 6, 13, 21, 25, 15)


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("3/6/18, 1:55 p.m. - a: m", JUNE_3),
        ("03-06-2018, 01.55 PM - a: m", JUNE_3),
        ("13.06.18 21.25.15: a: m", JUNE_13),
        ("[06.13.18 21:25:15] a: m", JUNE_13),
        ("13.6.2018 klo 21.25.15 - a: m", JUNE_13),
        ("13. 6. 2018. 21:25:15 a: m", JUNE_13),
        ("[3/6/18 1:55:00 p. m.] a: m", JUNE_3),
        ("\u200e[3/6/18 1:55:00 p. m.] a: m", JUNE_3),
        ("[2018/06/13, 21:25:15] a: m", JUNE_13),
        ("[06/2018/13, 21:25:15] a: m", JUNE_13),
        ("3/6/2018 1:55 p.\u00a0m. - a: m", JUNE_3),
        ("3/6/18, 1:55\u202fPM - a: m", JUNE_3),
        # other locales
        ("\u200f[١٣\u200f/٦\u200f/٢٠١٨\u060c ٩:٢٥:١٥ م] a: m", JUNE_13),
        ("[13/6/2018\u060c 21:25:15] a: m", JUNE_13),
        ("۲۰۱۸/۶/۱۳،\u200f ۲۱:۲۵:۱۵ - a: m", JUNE_13),
        ("[१३/०६/१८, ९:२५:१५ PM] a: m", JUNE_13),
        ("[21:25:15, 13/6/18] a: m", JUNE_13),
        ("21:25:15 13/06/2018 - a: m", JUNE_13),
        ("2018/6/13 下午9:25:15 - a: m", JUNE_13),
        ("[2018. 6. 13. 오후 9:25:15] a: m", JUNE_13),
        ("[2018/06/13 21:25:15] a: m", JUNE_13),
        ("[6/13/2561 BE, 21:25:15] a: m", JUNE_13),
        ("[6/13/H30, 21:25:15] a: m", JUNE_13),
        ("13/06/2018 à 21:25:15 - a: m", JUNE_13),
        ("2018-06-13 21 h 25 min 15 - a: m", JUNE_13),
        ("13.06.18 г., 21:25:15 - a: m", JUNE_13),
        ("13/6/18, 9:25:15 μ.μ. - a: m", JUNE_13),
        ("[13/6/18, 9:25:15\u202fpm] a: m", JUNE_13),
    ],
)  # fmt: skip
def test_headers_of_every_locale(tmp_path: Path, line: str, sent: tuple[int, ...]) -> None:
    order = "day_month" if sent == JUNE_3 else None
    (one,) = read(write(tmp_path, line + "\n"), date_order=order)
    assert one.sent_at == datetime(*sent, tzinfo=UTC)
    assert (one.sender_name, one.text) == ("a", "m")


@pytest.mark.parametrize(("order", "month", "day"), [("day_month", 6, 3), ("month_day", 3, 6)])
def test_the_user_may_say_which_is_the_day(tmp_path: Path, order: str, month: int, day: int) -> None:
    (one,) = read(write(tmp_path, "3/6/18, 1:55 p.m. - a: m"), date_order=order)
    assert one.sent_at == datetime(2018, month, day, 13, 55, tzinfo=UTC)


def test_dates_that_do_not_tell_are_asked_about(tmp_path: Path) -> None:
    file = write(tmp_path, "03/06/18, 13:55 - Anna: SECRET\n05/06/18, 13:55 - Boris: b\n")
    with pytest.raises(DataError) as refusal:
        read(file)
    told = str(refusal.value)
    assert "the dates do not tell which number is the day and which the month (line 1: '03/06/18', line 2:" in told
    assert "source.date_order=day_month if line 1 is of 2018-06-03" in told
    assert "source.date_order=month_day if line 1 is of 2018-03-06" in told
    assert "SECRET" not in told


def test_another_file_of_the_same_phone_may_tell(tmp_path: Path) -> None:
    write(tmp_path, "03/06/18, 13:55 - Anna: a\n05/06/18, 13:55 - Boris: b\n", "short.txt")
    write(tmp_path, "28/02/18, 13:55 - Vera: a\n01/03/18, 13:55 - Boris: b\n", "long.txt")
    funnel = Funnel()
    assert [one.sent_at.month for one in read(tmp_path, funnel)] == [2, 3, 6, 6]
    assert any("read as day_month: the other files are written so" in note for note in funnel.notes)


def test_an_order_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "3/6/18, 13:55 - a: m\n13/6/18, 13:55 - a: SECRET\n")
    with pytest.raises(DataError) as refusal:
        read(file, date_order="month_day")
    assert "line 2: the date '13/6/18' cannot be read as source.date_order=month_day" in str(refusal.value)
    assert "SECRET" not in str(refusal.value)
    with pytest.raises(DataError, match=r"line 1: the date '2018-06-13' cannot be read as source.date_order=day_month"):
        read(write(tmp_path, "2018-06-13 13:55 - a: m\n"), date_order="day_month")


def test_lines_that_only_look_like_the_begin_of_a_message_go_on_with_it(tmp_path: Path) -> None:
    text = (
        "23/06/2018, 01:55 p.m. - Loris: one\ntwo\n2016-04-29 10:30:00\n[23/06/2018, 13:55:00] Luke: pasted\n"
        "06/24/18, 14:55 - Luke: of another phone\n 24/06/2018, 01:55 p.m. - Luke: behind a space\n"
        "24/06/2018, 01:55 p.m. - Luke: \n24/06/2018, 01:56 p.m. - You created group \"Test\"\nmore\n"
    )  # fmt: skip
    funnel = Funnel()
    first, empty, notice = read(write(tmp_path, text), funnel)
    assert first.text.split("\n") == [
        "one", "two", "2016-04-29 10:30:00", "[23/06/2018, 13:55:00] Luke: pasted",
        "06/24/18, 14:55 - Luke: of another phone", " 24/06/2018, 01:55 p.m. - Luke: behind a space",
    ]  # fmt: skip
    assert any(note.startswith("source: 2 messages hold a line like the begin of a message") for note in funnel.notes)
    assert (empty.sender_name, empty.text, empty.is_service) == ("Luke", "", False)
    assert (notice.is_service, notice.text, notice.sender_id) == (True, "", "unknown:whatsapp:Anna")


MIXED_UP = {
    "between": "13/04/2023, 10:00 - B: a\n13/04/2023, 10:01 - C: b\n"
    "04/15/2023, 10:00 - A: SECRET\n14/04/2023, 10:00 - C: c\n",
    "above": "04/15/2023, 10:00 - A: SECRET\n13/04/2023, 10:00 - B: a\n14/04/2023, 10:00 - C: c\n",
    "halves": "13/04/2023, 10:00 - B: a\n04/15/2023, 10:00 - A: SECRET\n",
    "a notice": "13/04/2023, 10:00 - B: a\n14/04/2023, 10:00 - B: a\n04/15/2023, 10:00 - A left\n",
}


@pytest.mark.parametrize("text", MIXED_UP.values(), ids=MIXED_UP)
@pytest.mark.parametrize("order", [None, "day_month"])
def test_a_header_in_the_other_order_is_refused_and_no_words_of_the_one_above(
    tmp_path: Path, text: str, order: str | None
) -> None:
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.startswith("04/15"))
    with pytest.raises(DataError) as refusal:
        source(write(tmp_path, text), date_order=order).messages(Funnel()).__next__()
    assert f"WhatsApp Chat with Anna.txt, line {line}: the date '04/15/2023' can" in str(refusal.value)
    assert "SECRET" not in str(refusal.value)
    assert "source.path=[FIRST.txt,SECOND.txt]" in str(refusal.value)


@pytest.mark.parametrize("head", ["30/02/2024, 10:00", "99/99/2024, 10:00", "01/03/2024, 10:75", "01/03/2024, 24:10"])
@pytest.mark.parametrize("said", ["Anna: SECRET", "Anna left"])
def test_a_header_of_no_day_or_time_is_counted_and_no_words_of_the_one_above(
    tmp_path: Path, head: str, said: str
) -> None:
    text = f"29/02/2024, 10:00 - B: a\n{head} - {said}\nmore of it\n01/03/2024, 10:00 - C: c\n"
    for place, written in enumerate((text, text.partition("\n")[2])):
        funnel = Funnel()
        messages = read(write(tmp_path / str(place), written), funnel, date_order="day_month")
        assert [one.text for one in messages] == ["a", "c"][place:]
        assert [(count.kept, count.dropped) for count in funnel.counts] == [(2 - place, 1)]
        assert f"1 without a date that can be read (first: {tmp_path}" in funnel.counts[0].why
        assert f"Anna.txt, line {2 - place})" in funnel.counts[0].why
        assert not any("above the first message" in note for note in funnel.notes)


def test_quoted_lines_in_another_shape_do_not_tell_the_order(tmp_path: Path) -> None:
    text = "03/06/2018, 13:55 - A: a\n04/15/23, 2:01 PM - B: quoted\n05/06/2018, 13:55 - B: b\n"
    with pytest.raises(DataError, match="the dates do not tell which number is the day"):
        read(write(tmp_path, text))


def test_names_that_hold_a_colon(tmp_path: Path) -> None:
    text = "".join(f"{day}/06/2018, 13:55 - Dr: Anna: {day}\n" for day in (13, 14, 15))
    messages = read(write(tmp_path, text + "16/06/2018, 13:55 - Boris: note: x\n17/06/2018, 13:55 - Boris: y\n"))
    assert [(one.sender_name, one.text) for one in messages[2:]] == [
        ("Dr: Anna", "15"), ("Boris", "note: x"), ("Boris", "y"),
    ]  # fmt: skip


def test_a_notice_with_a_colon_is_said_by_nobody(tmp_path: Path) -> None:
    (_, notice) = read(write(tmp_path, BEGIN + '18.03.2022, 14:57 - Anna changed the subject to "Plans: June"\n'))
    assert (notice.is_service, notice.sender_name) == (True, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    file = write(tmp_path, (BEGIN + "дальше\n").replace("\n", end), encoding=encoding)
    assert [one.text for one in read(file)] == ["привет\nдальше"]


def test_the_archive_of_an_iphone(tmp_path: Path) -> None:
    text = (
        "[18/03/2022, 14:56:01] Семья: \u200eMessages and calls are end-to-end encrypted.\n"
        "[18/03/2022, 14:56:02] ~\u202fАнна: привет \u200e<This message was edited>\n"
        "\u200e[18/03/2022, 14:56:03] \u202a+7\u00a0900\u00a0000-00-00\u202c: \u200e<attached: 00035-PHOTO-2022.jpg>\n"
        "[18/03/2022, 14:56:04] Boris: \u200eAnna added Vera\n"
    )
    packed = tmp_path / "WhatsApp Chat - Семья (2).zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("_chat.txt", text)
        target.writestr("00000036-notes.txt", "01.01.2020, 10:00 - X: not the chat\n")
        target.writestr("00000035-PHOTO-2022-03-18.jpg", b"\xff\xd8")
    notice, anna, photo, added = read(packed)
    assert {one.chat_name for one in (notice, anna)} == {"Семья"}
    assert (anna.chat_kind, anna.sender_name, anna.text) == ("group", "Анна", "привет")
    assert (photo.sender_id, photo.media, photo.text) == ("whatsapp:+79000000000", "photo", "")
    assert (notice.is_service, added.is_service) == (True, True)
    # a folder of archives and files gives the same, with what is beside it
    write(tmp_path, BEGIN)
    write(tmp_path, "shopping list\nmilk\n", "list.txt")
    funnel = Funnel()
    assert [one.chat_name for one in read(tmp_path, funnel)] == ["Anna", *["Семья"] * 4]
    assert any("1 text files are no chats and were left out" in note for note in funnel.notes)


def test_the_same_chat_exported_twice_counts_once(tmp_path: Path) -> None:
    line = "{}.03.2022, 14:56 - Anna: {}\n"
    old = write(tmp_path / "old", line.format(18, "a") + line.format(18, "a") + line.format(19, "b"))
    new = write(
        tmp_path / "new", line.format(18, "a") + line.format(18, "a") + line.format(19, "b") + line.format(20, "c")
    )
    funnel = Funnel()
    messages = read([str(old), str(new)], funnel)
    assert [(one.message_id, one.text) for one in messages] == [(1, "a"), (2, "a"), (3, "b"), (4, "c")]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(4, 3)]
    assert any("2 files have one chat's name and are taken for one chat" in note for note in funnel.notes)


def test_order_and_speakers_are_found_in_long_files_too(tmp_path: Path) -> None:
    random.seed(0)
    days = [
        f"{day:02}/{month:02}/21, {hour:02}:00 - " for month in (1, 2, 3) for day in range(1, 13) for hour in range(24)
    ]
    names = ["Anna", "Boris"]
    text = "".join(f"{day}{random.choice(names)}: x\n" for day in days for _ in range(4))
    text += "12/03/21, 23:59 - Vera: late\n"
    messages = read(write(tmp_path, text))
    assert len(messages) == len(days) * 4 + 1
    assert messages[-1].sent_at == datetime(2021, 3, 12, 23, 59, tzinfo=UTC)
    assert {one.chat_kind for one in messages} == {"group"}


def test_times_out_of_order_and_in_the_future_are_kept_and_told(tmp_path: Path) -> None:
    funnel = Funnel()
    text = "18.03.2022, 14:56 - A: a\n17.03.2022, 14:56 - B: b\n19.03.2190, 14:56 - A: c\n19.03.2022, 14:56 - B: d\n"
    assert [one.text for one in read(write(tmp_path, text), funnel)] == ["a", "b", "c", "d"]
    assert any("1 messages are dated more than a day in the future" in note for note in funnel.notes)


def test_dates_of_another_calendar_or_century(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the dates have the year 1400 \(line 1: '1400/12/27'\).*Gregorian"):
        read(write(tmp_path, "1400/12/27, 14:56 - a: m\n"))
    funnel = Funnel()
    assert len(read(write(tmp_path, BEGIN + "18.03.1922, 14:56 - Anna: x\n"), funnel)) == 1
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(1, 1)]
    assert "1 without a date that can be read" in funnel.counts[0].why


@pytest.mark.parametrize(
    ("line", "media"), [("18.03.2022, 14:56 - A: null", "media"), ("[18.03.2022, 14:56:01] A: null", None)]
)
def test_null_is_no_word_on_android(tmp_path: Path, line: str, media: str | None) -> None:
    assert [one.media for one in read(write(tmp_path, line))] == [media]


def test_times_that_come_twice_or_never(tmp_path: Path) -> None:
    text = "31.10.2021, 02:30 - A: twice\n28.03.2021, 02:30 - A: never\n31.10.2021, 12:00 - B: noon\n"
    assert [one.sent_at for one in read(write(tmp_path, text), timezone="Europe/Berlin")] == [
        datetime(2021, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2021, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2021, 10, 31, 11, 0, tzinfo=UTC),
    ]


def test_unknown_words_for_the_halves_of_the_day_are_refused(tmp_path: Path) -> None:
    text = "18/3/2022, 2:56 zor - a: m\n18/3/2022, 2:56 nuz - a: m\n"
    with pytest.raises(DataError, match=r"'nuz' \(line 2\) and 'zor' \(line 1\) beside its times.*24-hour clock"):
        read(write(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        ("Anna: привет\nкак дела\n".encode(), "none of its first lines begins with a date and a time"),
        (b'{"name": "Anna", "messages": []}', "It looks like JSON"),
        (b"<html><body>18.03.2022</body></html>", "It looks like HTML"),
        ("18.03.2022, 14:56 - Анна: а\n".encode("cp1251"), "line 1, is not UTF-8"),
        ("18.03.2022, 14:56 - Анна: а\n".encode("utf-16")[:-1], "18|UTF-16"),
    ],
)
def test_what_a_file_may_be_instead(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "chat.txt"
    file.write_bytes(content)
    with pytest.raises(DataError, match=told):
        read(file)


def test_lines_above_the_first_message_are_told(tmp_path: Path) -> None:
    funnel = Funnel()
    assert len(read(write(tmp_path, "forwarded to you\n\n" + BEGIN), funnel)) == 1
    assert any("1 lines above the first message" in note for note in funnel.notes)


def test_one_speaker_is_told(tmp_path: Path) -> None:
    funnel = Funnel()
    read(write(tmp_path, BEGIN), funnel)
    assert any("one person alone speaks here" in note for note in funnel.notes)


def test_damaged_and_dangerous_archives_are_refused(tmp_path: Path) -> None:
    packed = tmp_path / "chat.zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("../_chat.txt", BEGIN)
    with pytest.raises(DataError, match="leads out of the archive"):
        read(packed)
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("_chat.txt", BEGIN)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged zip archive"):
        read(packed)


def test_giant_lines_and_messages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.source.files.MAX_LINE_BYTES", 1000)
    with pytest.raises(DataError, match="line 2, is longer than"):
        read(write(tmp_path, BEGIN + "x" * 2000))
    monkeypatch.setattr("doppel.source.whatsapp_chat.MAX_CHARS", 1000)
    with pytest.raises(DataError, match="line 12: a message goes on for more than"):
        read(write(tmp_path, BEGIN + ("x" * 90 + "\n") * 50))


def test_characters_that_no_text_may_hold_are_replaced(tmp_path: Path) -> None:
    (one,) = read(write(tmp_path, "18.03.2022, 14:56 - Anna: a\0b\n"))
    assert one.text == "a\ufffdb"


def test_no_line_makes_the_patterns_slow(tmp_path: Path) -> None:
    lines = [
        "\u200e" * 50_000,
        "1" * 50_000,
        "18.03." * 10_000,
        "18.03.2022, 14:56" + " " * 50_000,
        "<" * 50_000,
        "(" * 50_000,
    ]
    (one,) = read(write(tmp_path, BEGIN + "\n".join(f"{line}\n{line}>" for line in lines)))
    assert len(one.text) > 500_000


def test_a_zone_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"source.timezone='Berlin' is no time zone. Did you mean Europe/Berlin"):
        source(tmp_path, "Berlin")

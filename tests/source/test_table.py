from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doppel.errors import DataError
from doppel.source.table import MessagesTable
from tests.source.gathered import gathered, texts, written

AUTO = ("chat", "sender", "sender_name", "text", "time", "id", "reply_to", "is_owner", "is_forwarded", "media")


def table(path: Any, **more: Any) -> MessagesTable:
    return MessagesTable(
        path=path if isinstance(path, list) else str(path),
        **{**dict.fromkeys(AUTO, "auto"), "time_format": "auto", "timezone": "UTC", **more},
    )


def csv(file: Path, content: str, **more: Any) -> MessagesTable:
    file.write_text(content, encoding="utf-8")
    return table(file, **more)


def test_common_names_are_known(tmp_path: Path) -> None:
    source = csv(
        tmp_path / "x.csv",
        "message_id,chat_id,from_id,from,date,text,reply_to_message_id\n"
        "11,7,u1,Anna,2024-01-31 12:00:00,hi,\n"
        "12,7,u2,Boris,2024-01-31 12:01:00,ho,11\n",
    )
    messages, funnel = gathered(source)
    assert [(one.chat_id, one.message_id, one.sender_id, one.sender_name, one.reply_to) for one in messages] == [
        ("table:7", 11, "table:u1", "Anna", None),
        ("table:7", 12, "table:u2", "Boris", 11),
    ]
    assert texts(messages) == ["hi", "ho"]
    assert messages[1].sent_at == datetime(2024, 1, 31, 12, 1, tzinfo=UTC)
    assert funnel.notes == [
        "source: x: time from date, reply_to from reply_to_message_id, sender from from_id, sender_name from from, "
        "chat from chat_id, id from message_id, text from text."
    ]
    assert source.owner_ids() == frozenset()


def test_columns_can_be_named_or_absent(tmp_path: Path) -> None:
    content = "a;b;text;words\n31.01.2024 12:00;Anna;no;hi\n"
    source = csv(
        tmp_path / "x.csv", content, text="words", sender="b", time="a", time_format="%d.%m.%Y %H:%M", chat=None
    )
    (message,), _ = gathered(source)
    assert (message.text, message.sender_id, message.chat_id) == ("hi", "table:Anna", "table:x")
    assert message.sent_at == datetime(2024, 1, 31, 12, tzinfo=UTC)


def test_the_table_of_weclone(tmp_path: Path) -> None:
    source = csv(
        tmp_path / "x.csv",
        "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime,is_forward\n"
        "1,90,text,1,Me,Anna,hi,,2024-01-31 12:00:00,False\n"
        "2,91,text,0,Anna,Anna,look,,2024-01-31 12:01:00,True\n"
        "3,92,image,0,Anna,Anna,image,photos/1.jpg,2024-01-31 12:02:00,False\n"
        "4,93,animated emoji,0,Anna,Anna,\U0001f600,s.webp,2024-01-31 12:03:00,False\n"
        "5,94,\u6587\u672c,0,Anna,Anna,bye,,2024-01-31 12:04:00,False\n",
    )
    messages, _ = gathered(source)
    assert [(one.message_id, one.sender_id, one.text, one.media, one.is_forwarded) for one in messages] == [
        (1, "table:owner", "hi", None, False),
        (2, "table:Anna", "look", None, True),
        (3, "table:Anna", "", "image", False),
        (4, "table:Anna", "", "animated emoji", False),
        (5, "table:Anna", "bye", None, False),
    ]
    assert messages[3].sticker_emoji == "\U0001f600"
    assert {(one.chat_id, one.chat_name, one.chat_kind) for one in messages} == {("table:Anna", "Anna", "unknown")}
    assert (messages[0].sender_name, source.owner_ids()) == ("Me", {"table:owner"})


def test_whoever_the_owner_talks_with_is_the_chat(tmp_path: Path) -> None:
    source = csv(tmp_path / "x.csv", "from_me,chat,body\ntrue,Anna,hi\nfalse,Anna,ho\n")
    messages, funnel = gathered(source)
    assert [one.sender_id for one in messages] == ["table:owner", "table:Anna"]
    assert not any(one.is_timed for one in messages)
    assert [one.sent_at for one in messages] == [
        datetime(2000, 1, 1, 0, 1, tzinfo=UTC),
        datetime(2000, 1, 1, 0, 2, tzinfo=UTC),
    ]
    assert (
        "source: x: no column holds times: the order of the rows stands for them, a message a minute." in funnel.notes
    )


def test_json_lines_and_parquet_give_the_same(tmp_path: Path) -> None:
    rows = [
        {"sender": "Anna", "text": "hi", "timestamp": 1_706_702_400_000, "id": "u-1", "reply_to": None, "chat": "c"},
        {"sender": "Boris", "text": "ho", "timestamp": 1_706_702_460_000, "id": "u-2", "reply_to": "u-1", "chat": "c"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    from_lines, _ = gathered(table(written(tmp_path / "x.jsonl", rows)))
    from_parquet, _ = gathered(table(tmp_path / "x.parquet"))
    assert from_lines == from_parquet
    assert [(one.message_id, one.reply_to) for one in from_lines] == [(1, None), (2, 1)]


def test_parquet_has_times_and_gaps_of_its_own(tmp_path: Path) -> None:
    at = datetime(2024, 1, 31, 12)
    rows = {"sender": ["Anna", "Anna"], "text": ["hi", None], "time": pa.array([at, at], pa.timestamp("ms"))}
    pq.write_table(pa.table({**rows, "reply_to": [float("nan"), 5.0], "id": [5, 6]}), tmp_path / "x.parquet")
    messages, _ = gathered(table(tmp_path / "x.parquet", timezone="Europe/Moscow"))
    assert [(one.text, one.reply_to) for one in messages] == [("hi", None), ("", 5)]
    assert messages[0].sent_at == datetime(2024, 1, 31, 9, tzinfo=UTC)


def test_odd_rows_are_counted(tmp_path: Path) -> None:
    day = 1_706_702_400
    rows: list[dict[str, Any]] = [
        {"id": 1, "sender": "Anna", "text": "hi", "time": day},
        {"id": 2, "sender": "Anna", "text": ["hi"], "time": day},
        {"id": 3, "sender": "Anna", "text": "hi", "time": "31/01/2024 12:00"},
        {"id": 4, "sender": "Anna", "text": "hi"},
        {"id": "five", "sender": "Anna", "text": "hi", "time": day},
        {"id": 6, "sender": None, "text": 42, "time": day},
        {"id": 7, "sender": "Anna", "text": "a\ud800", "time": day},
    ]
    messages, funnel = gathered(table(written(tmp_path / "x.jsonl", rows)))
    assert [(one.sender_id, one.text) for one in messages] == [
        ("table:Anna", "hi"),
        ("table:unknown", "42"),
        ("table:Anna", "a\ufffd"),
    ]
    (count,) = funnel.counts
    assert (count.kept, count.dropped) == (3, 4)
    assert "1 whose text is a list or an object (first: x, line 2)" in count.why
    assert "2 with a time that source.time_format=auto does not read" in count.why
    assert "%H:%M\"' (first: x, line 3)" in count.why
    assert "1 whose id is no whole number, unlike that of the first row (first: x, line 5)" in count.why
    assert "source: 1 messages have no sender, and are taken for one unknown person's." in funnel.notes


def test_the_future_is_noted(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=3)
    messages, funnel = gathered(csv(tmp_path / "x.csv", f"sender,text,time\nAnna,hi,{later.isoformat()}\n"))
    assert messages[0].sent_at == later
    assert "source: 1 messages are from the future, more than a day from now." in funnel.notes


def test_overlapping_files_are_read_once(tmp_path: Path) -> None:
    head = "id,chat,sender,text\n"
    (tmp_path / "a.csv").write_text(head + "1,c,Anna,hi\n2,c,Boris,ho\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(head + "2,c,Boris,ho\n3,c,Anna,bye\n", encoding="utf-8")
    source = table(tmp_path)
    messages, funnel = gathered(source)
    assert texts(messages) == ["hi", "ho", "bye"]
    assert funnel.counts[0].why == "1 with the id of an earlier one in the same chat (first: b, line 2)"
    assert gathered(source)[0] == messages, "each call reads it anew"
    assert sorted(source.fingerprint()) == ["a.csv", "b.csv"]


def test_each_file_is_a_chat_where_no_column_tells(tmp_path: Path) -> None:
    for name in ("Anna", "Boris"):
        (tmp_path / f"{name}.csv").write_text(f"sender,text\n{name},hi\n", encoding="utf-8")
    messages, _ = gathered(table([str(tmp_path / "Anna.csv"), str(tmp_path / "Boris.csv")]))
    assert [one.chat_id for one in messages] == ["table:Anna", "table:Boris"]


@pytest.mark.parametrize(
    ("content", "more", "fault"),
    [
        ("", {}, "holds no messages to read"),
        ("sender,text\n", {}, "holds no messages to read"),
        ("sender,text\na\na,b,c\n", {}, r"2, all unusable: 2 in rows with more or fewer fields"),
        (
            "sender,text,time\nAnna,hi,31/01/2024\n",
            {},
            r"""such as '31/01/2024', for which type 'source.time_format="%d/%m/%Y"'""",
        ),
        (
            "sender,wrods\nAnna,hi\n",
            {},
            r"no column that is known to hold the text. It has: sender, wrods. Type source",
        ),
        ("hi there my dear friend,oh\nx,y\n", {}, r"It has: <23 characters>, <2 characters>\. Type source\.text="),
        ("text,time\nhi,2024-01-31\n", {}, "known to hold the sender"),
        ("sender,text\nAnna,hi\n", {"text": "txt"}, r"\(source\.text=txt\)\. .* Did you mean source\.text=text\?"),
        ("sender,text\nAnna,hi\n", {"time": "when"}, r"has no column when \(source\.time=when\)"),
    ],
)
def test_other_tables_are_refused(content: str, more: dict[str, str], fault: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=fault):
        gathered(csv(tmp_path / "x.csv", content, **more))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        gathered(table(tmp_path / "x.csv"))

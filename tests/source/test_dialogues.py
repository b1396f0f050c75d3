from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doppel.errors import DataError
from doppel.source.dialogues import Dialogues
from tests.source.gathered import gathered, texts, written

OPENAI = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho", "weight": 1}]}
SHAREGPT = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]}


@pytest.mark.parametrize(
    "record",
    [
        OPENAI,
        SHAREGPT,
        {"dialog": ["hi", "ho"]},
        {"prompt": "hi", "response": "ho"},
        {"prompt": "hi", "completion": "ho"},
        {"instruction": "hi", "input": "", "output": "ho"},
        {"question": "hi", "answer": "ho"},
        {"prompt": [{"role": "user", "content": "hi"}], "completion": [{"role": "assistant", "content": "ho"}]},
        {"messages": {"role": ["user", "assistant"], "content": ["hi", "ho"]}},
        {"messages": [{"role": "User", "content": [{"type": "text", "text": "hi"}]}, {"role": "model", "text": "ho"}]},
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}],
    ],
)
def test_every_shape_gives_the_same_messages(record: object, tmp_path: Path) -> None:
    source = Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [OPENAI, record]))
    messages, funnel = gathered(source)
    assert [(one.chat_id, one.message_id, one.sender_id, one.sender_name, one.text) for one in messages[2:]] == [
        ("dialogues:x/2", 1, "dialogues:user", "User", "hi"),
        ("dialogues:x/2", 2, "dialogues:assistant", "Assistant", "ho"),
    ]
    assert source.owner_ids() == {"dialogues:assistant"}
    assert funnel.counts[0].dropped == 0


def test_names_tell_people_of_one_role_apart(tmp_path: Path) -> None:
    said = [("user", "Anna"), ("user", "Boris"), ("assistant", "Nikita"), ("assistant", "Nikita")]
    record = {"messages": [{"role": role, "name": name, "content": "hi"} for role, name in said]}
    source = Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [record]))
    messages, _ = gathered(source)
    assert [one.sender_id for one in messages] == [f"dialogues:{name}" for _, name in said]
    assert {one.chat_kind for one in messages} == {"group"}
    assert source.owner_ids() == {"dialogues:Nikita"}


def test_the_system_is_a_service_message(tmp_path: Path) -> None:
    inside = {"messages": [{"role": "system", "content": "be brief"}, *OPENAI["messages"]], "label": "joy"}
    messages, _ = gathered(
        Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [inside, {"system": "be brief", **SHAREGPT}]))
    )
    assert [(one.text, one.is_service) for one in messages] == [("be brief", True), ("hi", False), ("ho", False)] * 2
    assert [one.label for one in messages] == ["joy"] * 3 + [None] * 3


def test_other_words_for_roles_are_speakers_of_their_own(tmp_path: Path) -> None:
    record = {"dialog": [{"sender": "participant1", "text": "hi"}, {"sender": "participant2", "text": "ho"}]}
    source = Dialogues(exported="samples", path=written(tmp_path / "x.json", [record]))
    messages, _ = gathered(source)
    assert [one.sender_id for one in messages] == ["dialogues:participant1", "dialogues:participant2"]
    assert source.owner_ids() == frozenset()


def test_what_nobody_says_is_counted(tmp_path: Path) -> None:
    turns = [
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "42"},
        {"role": "user", "content": " "},
        {"role": "user", "content": 7},
        {"content": "who?"},
        {"role": 3, "content": "hi"},
        5,
        {"role": "user", "content": [{"type": "image_url"}]},
        {"role": "user", "content": "hi"},
    ]
    messages, funnel = gathered(
        Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [{"messages": turns}, {"messages": 5}]))
    )
    assert texts(messages) == ["hi"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (1, 9)
    assert funnel.counts[0].why == (
        "3 without words (first: x, line 1); 1 of tools, which nobody says (first: x, line 1); "
        "4 without a speaker, or with words that are no text (first: x, line 1); "
        "1 records that hold no dialogue (first: x, line 2)"
    )


def test_records_of_another_kind_are_refused_with_their_keys(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [{"text": "hi", "sender": "me"}])
    with pytest.raises(DataError, match=r"x\.jsonl holds no dialogues: its records have text, sender, and none of"):
        gathered(Dialogues(exported="samples", path=path))


def test_keys_that_somebody_may_have_said_are_not_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [{"how are you": "fine", "id": 1}])
    with pytest.raises(DataError, match=r"its records have <11 characters>, <2 characters>, and none of"):
        gathered(Dialogues(exported="samples", path=path))


@pytest.mark.parametrize("records", [[], [{"messages": []}], [{"messages": [{"role": "user", "content": ""}]}]])
def test_nothing_to_read_is_refused(records: list[object], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no messages to read"):
        gathered(Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", records)))


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([OPENAI, OPENAI]), tmp_path / "x.parquet")
    messages, _ = gathered(Dialogues(exported="samples", path=str(tmp_path)))
    assert texts(messages) == ["hi", "ho", "hi", "ho"]


@pytest.mark.parametrize(
    "start",
    [
        {"start_time": "2018-07-09 04:29:15"},
        {"timestamp": "2018-07-09T07:29:15+03:00"},
        {"create_time": 1531110555},
        {"created_at": "1531110555000", "timestamp": "2000-01-01"},
    ],
)
def test_a_dialogue_may_tell_when_it_began(start: dict[str, object], tmp_path: Path) -> None:
    messages, funnel = gathered(Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [OPENAI | start])))
    assert all(one.is_timed for one in messages)
    assert [one.sent_at for one in messages] == [datetime(2018, 7, 9, 4, minute, 15, tzinfo=UTC) for minute in (29, 30)]
    assert funnel.notes == [
        "source: 2 messages are in dialogues that tell when they began: a minute was taken from turn to turn, the "
        "times as of UTC."
    ]


@pytest.mark.parametrize("start", ["", "soon", None, [], "0001-01-01", -1e300, True])
def test_a_start_that_is_no_time_is_as_good_as_none(start: object, tmp_path: Path) -> None:
    records = [OPENAI | {"start_time": start}, OPENAI | {"start_time": "2018-07-09"}, OPENAI]
    messages, funnel = gathered(Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", records)))
    assert [one.is_timed for one in messages[::2]] == [False, True, False]
    assert [one.sent_at.date().isoformat() for one in messages[::2]] == ["2000-01-01", "2018-07-09", "2000-01-02"]
    assert [note.partition(":")[2][:26] for note in funnel.notes] == [
        " dialogues has no times: t",
        " 2 messages are in dialogu",
    ]


def test_convai(shared_data: Path) -> None:
    messages, funnel = gathered(Dialogues(exported="samples", path=str(shared_data / "convai_personachat")))
    assert len(messages) + funnel.counts[0].dropped == 27_696
    assert len({one.chat_id for one in messages}) == 2_125


def test_parts_of_a_content_are_lines_of_it(tmp_path: Path) -> None:
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "x"}},
        {"type": "text", "text": "this"},
    ]
    record = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "ho"}]}
    messages, _ = gathered(Dialogues(exported="samples", path=written(tmp_path / "x.jsonl", [record])))
    assert [one.text for one in messages] == ["see\nthis", "ho"]

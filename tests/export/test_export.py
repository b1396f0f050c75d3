"""Samples leave in the shapes of others; tests/commands/test_prepare.py has them come back."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doppel.errors import RunError
from doppel.export.api_names import api_names
from doppel.export.conversation import CROWDS, ENDINGS, MONOLOGUES, OPENINGS, OTHERS, WEIGHTS
from doppel.export.openai import OpenAIMessages
from doppel.export.parquet import Parquet
from doppel.export.sharegpt import MUTED, ShareGPT
from doppel.types import Sample, Turn

SAMPLE = Sample(
    sample_id="personal_chat:1/7",
    session_id="personal_chat:1/7",
    chat_id="personal_chat:1",
    chat_name="Аня",
    started_at=datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    ended_at=datetime(2024, 3, 1, 0, 5, tzinfo=UTC),
    turns=(
        Turn("user2", "Ник", ("сам",), is_persona=True, is_learnt=False),
        Turn("user1", "Аня", ("привет\nкак дела?", ")))"), is_persona=False, is_learnt=False, aside="evening"),
        Turn("user2", "Ник", ("норм", "🌊"), is_persona=True, is_learnt=True),
    ),
    message_ids=(7, 8, 9, 10, 11),
    replies_to=(3,),
    label="joy",
    weight=0.5,
)
SEPARATE = {"joins_bursts": False, "keeps_samples": True}
JOINED = {"joins_bursts": True, "keeps_samples": False}


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_openai_messages(tmp_path: Path) -> None:
    file = tmp_path / "train.openai.jsonl"
    written = OpenAIMessages(**JOINED)([SAMPLE], file)
    assert (written.samples, +written.changes) == (1, {OPENINGS: 1, WEIGHTS: 1})
    assert lines(file) == [
        {
            "messages": [
                {"role": "user", "content": "привет\nкак дела?\n)))", "name": "person_1"},
                {"role": "assistant", "content": "норм\n🌊", "weight": 1},
            ]
        }
    ]
    assert +OpenAIMessages(**SEPARATE)([SAMPLE], file).changes == {WEIGHTS: 1}
    contents = [message["content"] for message in lines(file)[0]["messages"]]
    assert contents == ["сам", "привет\nкак дела?", ")))", "норм", "🌊"]


def test_sharegpt(tmp_path: Path) -> None:
    file = tmp_path / "train.sharegpt.jsonl"
    written = ShareGPT(**JOINED)([SAMPLE, SAMPLE], file)
    assert (written.samples, +written.changes) == (2, {OPENINGS: 2, WEIGHTS: 2})
    conversation = [
        {"from": "human", "value": "привет\nкак дела?\n)))"},
        {"from": "gpt", "value": "норм\n🌊"},
    ]
    assert lines(file) == [{"conversations": conversation}] * 2
    assert +ShareGPT(**SEPARATE)([SAMPLE], file).changes == {WEIGHTS: 1, MUTED: 1}


def turn(letter: str, *, is_learnt: bool = False) -> Turn:
    return Turn(letter, letter.upper(), (letter,), is_persona=letter in "mn", is_learnt=is_learnt)


@pytest.mark.parametrize(
    ("script", "expected", "changes"),
    [
        ("am", ["human a", "gpt m"], {}),
        ("abam", ["human a\nb\na", "gpt m"], {CROWDS: 1}),
        ("mamna", ["human a", "gpt m\nn"], {OPENINGS: 1, ENDINGS: 1, CROWDS: 1}),
        ("m", None, {MONOLOGUES: 1}),
        ("ab", None, {MONOLOGUES: 1, CROWDS: 1}),
        ("ma", None, {MONOLOGUES: 1}),
    ],
)
def test_joined_roles_alternate_from_the_others_first_to_the_persona_s_last(
    script: str, expected: list[str] | None, changes: dict[str, int], tmp_path: Path
) -> None:
    sample = replace(SAMPLE, turns=tuple(turn(letter, is_learnt=letter in "mn") for letter in script), weight=1.0)
    written = ShareGPT(**JOINED)([sample], tmp_path / "x")
    assert (written.samples, +written.changes) == (0 if expected is None else 1, changes)
    shown = [[f"{said['from']} {said['value']}" for said in line["conversations"]] for line in lines(tmp_path / "x")]
    assert shown == ([] if expected is None else [expected])
    assert OpenAIMessages(**JOINED)([sample], tmp_path / "x").samples == written.samples
    assert Parquet(**JOINED)([sample], tmp_path / "x").samples == written.samples


def test_where_one_of_two_personas_in_a_row_is_not_learnt_both_are_not(tmp_path: Path) -> None:
    sample = replace(SAMPLE, turns=(turn("a"), turn("m", is_learnt=True), turn("n")))
    OpenAIMessages(**JOINED)([sample], tmp_path / "x")
    assert [said.get("weight") for said in lines(tmp_path / "x")[0]["messages"]] == [None, 0]


def test_several_people_in_a_row_have_no_name_and_others_are_never_learnt(tmp_path: Path) -> None:
    sample = replace(SAMPLE, turns=(turn("a", is_learnt=True), turn("b"), turn("m", is_learnt=True)), weight=1.0)
    written = OpenAIMessages(**JOINED)([sample], tmp_path / "x")
    assert +written.changes == {CROWDS: 1}
    assert lines(tmp_path / "x")[0]["messages"][0] == {"role": "user", "content": "a\nb"}
    assert +OpenAIMessages(**SEPARATE)([sample], tmp_path / "x").changes == {OTHERS: 1}


def test_names_are_such_as_the_api_takes() -> None:
    names = ["Ann", "Ann Lee", "Ann_Lee", "Jos\xe9", "Аня", "Ann \U0001f30a", "", "Анна Lee", "x" * 70]
    assert list(api_names(names).values()) == [
        *("Ann", "Ann_Lee", "person_3", "Jose", "person_5", "person_6", "person_7", "person_8", "x" * 64)
    ]
    assert api_names(["person_2", "Аня"]) == {"person_2": "person_2", "Аня": "person_3"}


def test_parquet_rows_are_openai_messages(tmp_path: Path) -> None:
    from pyarrow import parquet

    file = tmp_path / "train.parquet"
    assert Parquet(**JOINED)([SAMPLE] * 1001, file).samples == 1001
    rows = parquet.read_table(file).to_pylist()
    assert len(rows) == 1001
    assert set(rows[0]) == {"messages", "chat", "started_at"}
    assert rows[1000]["messages"][1] == {"role": "assistant", "name": "Ник", "content": "норм\n🌊", "weight": 0.5}
    assert rows[0]["started_at"] == SAMPLE.started_at
    Parquet(**JOINED)([replace(SAMPLE, is_timed=False)], file)
    assert parquet.read_table(file).to_pylist()[0]["started_at"] is None


@pytest.mark.parametrize("shape", [OpenAIMessages, ShareGPT])
def test_a_line_holds_the_whole_sample_if_asked_to(shape: Any, tmp_path: Path) -> None:
    shape(**SEPARATE)([SAMPLE], tmp_path / "x.jsonl")
    assert msgspec.convert(lines(tmp_path / "x.jsonl")[0]["doppel"], Sample) == SAMPLE
    shape(**JOINED)([SAMPLE], tmp_path / "x.jsonl")
    assert "doppel" not in lines(tmp_path / "x.jsonl")[0]


@pytest.mark.parametrize("shape", [OpenAIMessages, ShareGPT, Parquet])
def test_a_folder_that_cannot_be_written_is_named(shape: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        shape(**JOINED)([SAMPLE], tmp_path / "none" / "x")

"""Samples leave in the shapes of others; tests/commands/test_prepare.py has them come back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doppel.errors import RunError
from doppel.export.openai import OpenAIMessages
from doppel.export.parquet import Parquet
from doppel.export.sharegpt import ShareGPT
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
    assert OpenAIMessages(**JOINED)([SAMPLE], file) == 1
    assert lines(file) == [
        {
            "messages": [
                {"role": "assistant", "content": "сам", "weight": 0},
                {"role": "user", "content": "привет\nкак дела?\n)))", "name": "Аня"},
                {"role": "assistant", "content": "норм\n🌊", "weight": 1},
            ]
        }
    ]
    OpenAIMessages(**SEPARATE)([SAMPLE], file)
    contents = [message["content"] for message in lines(file)[0]["messages"]]
    assert contents == ["сам", "привет\nкак дела?", ")))", "норм", "🌊"]


def test_sharegpt(tmp_path: Path) -> None:
    file = tmp_path / "train.sharegpt.jsonl"
    assert ShareGPT(**JOINED)([SAMPLE, SAMPLE], file) == 2
    conversation = [
        {"from": "gpt", "value": "сам"},
        {"from": "human", "value": "привет\nкак дела?\n)))"},
        {"from": "gpt", "value": "норм\n🌊"},
    ]
    assert lines(file) == [{"conversations": conversation}] * 2


def test_parquet_rows_are_openai_messages(tmp_path: Path) -> None:
    from pyarrow import parquet

    file = tmp_path / "train.parquet"
    assert Parquet(**JOINED)([SAMPLE] * 1001, file) == 1001
    rows = parquet.read_table(file).to_pylist()
    assert len(rows) == 1001
    assert set(rows[0]) == {"messages", "chat", "started_at"}
    assert rows[1000]["messages"][2] == {"role": "assistant", "name": "Ник", "content": "норм\n🌊", "weight": 0.5}
    assert rows[0]["started_at"] == SAMPLE.started_at


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

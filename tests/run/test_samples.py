from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run.samples import fingerprint, read_samples, write_samples
from doppel.types import Sample, Turn

SAMPLE = Sample(
    sample_id="personal:1/7",
    chat_id="personal:1",
    chat_name="Аня",
    started_at=datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    ended_at=datetime(2024, 3, 1, 0, 5, tzinfo=UTC),
    turns=(
        Turn("user1", "Аня", ("привет\nкак дела?", ")))"), is_persona=False, is_learnt=False),
        Turn("user2", "Ник \u2028", ("норм",), is_persona=True, is_learnt=True),
    ),
)


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "data" / "train.jsonl"
    write_samples(file, [SAMPLE, SAMPLE])
    assert read_samples(file) == [SAMPLE, SAMPLE]
    assert len(fingerprint(file)) == 64


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    write_samples(file, [SAMPLE])
    file.write_text(file.read_text() + "{\n")
    with pytest.raises(RunError, match=r"train\.jsonl, line 2, is damaged"):
        read_samples(file)
    with pytest.raises(RunError, match="cannot be read"):
        read_samples(tmp_path / "none.jsonl")

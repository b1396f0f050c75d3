from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run.samples import SampleFile, fingerprint, read_samples, write_samples
from doppel.types import Sample, Turn

SAMPLE = Sample(
    sample_id="personal:1/7",
    session_id="personal:1/7",
    chat_id="personal:1",
    chat_name="Аня",
    started_at=datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    ended_at=datetime(2024, 3, 1, 0, 5, tzinfo=UTC),
    turns=(
        Turn("user1", "Аня", ("привет\nкак дела?", ")))"), is_persona=False, is_learnt=False),
        Turn("user2", "Ник \u2028", ("норм",), is_persona=True, is_learnt=True),
    ),
    message_ids=(7, 8, 11),
)


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "data" / "train.jsonl"
    write_samples(file, [SAMPLE, SAMPLE])
    assert read_samples(file) == [SAMPLE, SAMPLE]
    assert len(fingerprint(file)) == 64


@pytest.mark.parametrize("line", ["{", pytest.param('{"x": ' + "[" * 99_999, id="nested")])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "train.jsonl"
    write_samples(file, [SAMPLE])
    file.write_text(f"{file.read_text()}{line}\n")
    with pytest.raises(RunError, match=r"train\.jsonl, line 2, is damaged"):
        read_samples(file)
    with pytest.raises(RunError, match="cannot be read"):
        read_samples(tmp_path / "none.jsonl")


def test_samples_are_read_from_disk_when_asked_for(tmp_path: Path) -> None:
    samples = [replace(SAMPLE, sample_id=f"personal:1/{number}") for number in range(5)]
    written = SampleFile.written(tmp_path / "all.jsonl", iter(samples))
    assert len(written) == 5
    assert list(written) == samples
    assert (written[2], written[-1], written[1:3]) == (samples[2], samples[4], samples[1:3])
    with pytest.raises(IndexError):
        written[5]
    written.part([4, 0], tmp_path / "part.jsonl")
    assert read_samples(tmp_path / "part.jsonl") == [samples[4], samples[0]]


def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    def broken() -> Iterator[Sample]:
        yield SAMPLE
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match=r"all\.jsonl cannot be written: No space left"):
        SampleFile.written(tmp_path / "all.jsonl", broken())
    assert list(tmp_path.iterdir()) == []

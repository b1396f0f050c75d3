import logging
import stat
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run.own_log import own_file


def record(words: str) -> logging.LogRecord:
    return logging.LogRecord("doppel.serving", logging.INFO, "x.py", 1, words, None, None)


def test_files_are_rotated_and_their_owner_s_alone(tmp_path: Path) -> None:
    handler = own_file(str(tmp_path / "own.log"), megabytes=1, kept=2)
    assert handler is not None
    for _ in range(45):
        handler.handle(record("x" * 100_000))
    handler.close()
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert found == dict.fromkeys(["own.log", "own.log.1", "own.log.2"], 0o600)
    assert all(file.stat().st_size <= 1024 * 1024 for file in tmp_path.iterdir())


def test_a_line_has_time_and_level_in_a_folder_of_its_own(tmp_path: Path) -> None:
    handler = own_file(str(tmp_path / "new" / "own.log"), megabytes=1, kept=0)
    assert handler is not None
    handler.handle(record("answered"))
    handler.close()
    assert (tmp_path / "new" / "own.log").read_text(encoding="utf-8").endswith(" INFO answered\n")


def test_without_a_name_there_is_no_file() -> None:
    assert own_file(None, megabytes=1, kept=2) is None


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="type log_file=/a/file/you/may/write"):
        own_file(str(tmp_path / "file" / "own.log"), megabytes=1, kept=2)

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from doppel.bot.log import log_to
from doppel.errors import RunError
from tests.bot.fake_api import TOKEN


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The bot's own, which is afterwards as it was."""
    own = logging.getLogger("doppel.bot")
    before = own.handlers, own.level, own.propagate
    yield own
    for handler in own.handlers:
        handler.close()
    own.handlers, own.propagate = before[0], before[2]
    own.setLevel(before[1])


def test_the_token_stands_nowhere(log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log_to(tmp_path / "new" / "bot.log", TOKEN, megabytes=1, kept=1)
    try:
        raise OSError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except OSError:
        log.exception("failed with %s", TOKEN)
    shown = capsys.readouterr().err
    assert shown == (tmp_path / "new" / "bot.log").read_text(encoding="utf-8")
    assert TOKEN not in shown
    assert shown.count("[token]") == 2


def test_files_are_rotated_and_their_owner_s_alone(log: logging.Logger, tmp_path: Path) -> None:
    log_to(tmp_path / "bot.log", TOKEN, megabytes=1, kept=2)
    log.handlers = log.handlers[1:]
    for _ in range(45):
        log.info("x" * 100_000)
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert found == dict.fromkeys(["bot.log", "bot.log.1", "bot.log.2"], 0o600)
    assert all(file.stat().st_size <= 1024 * 1024 for file in tmp_path.iterdir())


def test_what_libraries_log_stays_unsaid(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_to(None, TOKEN, megabytes=1, kept=2)
    logging.getLogger("aiogram.event").info("words of a chat")
    log.info("own")
    assert "words of a chat" not in capsys.readouterr().err


def test_a_file_that_cannot_be_written(log: logging.Logger, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="type log_file=/a/file/you/may/write"):
        log_to(tmp_path / "file" / "bot.log", TOKEN, megabytes=1, kept=2)

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from doppel.bot.log import log_to
from doppel.run.own_log import own_file
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
    log_to(own_file(str(tmp_path / "new" / "bot.log"), megabytes=1, kept=1), TOKEN)
    try:
        raise OSError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except OSError:
        log.exception("failed with %s", TOKEN)
    shown = capsys.readouterr().err
    assert shown == (tmp_path / "new" / "bot.log").read_text(encoding="utf-8")
    assert TOKEN not in shown
    assert shown.count("[token]") == 2


def test_what_libraries_log_stays_unsaid(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_to(None, TOKEN)
    logging.getLogger("aiogram.event").info("words of a chat")
    log.info("own")
    assert "words of a chat" not in capsys.readouterr().err

"""`doppel bot` as a process, against the fake Bot API: a finished run talks, survives kills, and keeps its secrets."""

import asyncio
import contextlib
import signal
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from doppel.memory.database import open_database
from tests.bot.fake_api import TOKEN, FakeApi, fake_api, until
from tests.driving import LIMIT_SECONDS, end, start

Refused = Callable[..., str]
OWNER = 1


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as opened:
        yield opened


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOPPEL_BOT_TOKEN", TOKEN)


@contextlib.contextmanager
def started(run: Path, api: FakeApi, cwd: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A bot of the run, once it is ready."""
    quick = [f"bot.api={api.url()}", "bot.owner=1", "bot.gather_seconds=0", "generation.max_new_tokens=8", "seed=1"]
    with start(["bot", run, *quick, *words], cwd) as process:
        watchdog = threading.Timer(LIMIT_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            assert next((line for line in process.stdout if line.startswith("ready as @doppel_bot")), "")
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def answered(api: FakeApi, number: int) -> None:
    asyncio.run(until(lambda: len(api.texts(OWNER)) >= number))


def test_a_run_talks_alone_and_goes_on_after_a_kill(
    finished_run: Path,
    api: FakeApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with started(finished_run, api, tmp_path) as process:
        api.say(OWNER, "Xylophone, are you there?")
        answered(api, 1)
        monkeypatch.chdir(tmp_path)
        assert dispatch(["bot", str(finished_run)]) == 2
        assert "another doppel bot with this token is at work here: end it first" in capsys.readouterr().err
        process.kill()
        process.wait()
    before = len(api.texts(OWNER))
    api.say(OWNER, "and now?")
    with started(finished_run, api, tmp_path) as process:
        answered(api, before + 1)
        process.send_signal(signal.SIGTERM)
        status, _, told = end(process)
    assert status == 0
    folder = tmp_path / "outputs" / "memory"
    log = (folder / "bot.log").read_text(encoding="utf-8")
    assert "1 messages answered with" in log
    for private in ("Xylophone", "and now", TOKEN, *api.texts(OWNER)):
        if len(private) > 3:
            assert private not in log + told
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    connection = sqlite3.connect(folder / "memory.sqlite3")
    states = connection.execute("SELECT DISTINCT state FROM message WHERE person_id IS NOT NULL").fetchall()
    connection.close()
    assert states == [("answered",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["bot.owner=0"], "bot.owner=0 is refused: it must be greater than 0"),
        (["bot.drafts=true"], "bot.drafts=true needs somebody to show them to: type bot.owner=YOUR_TELEGRAM_ID"),
        (["bot.mode=webhook"], "bot.webhook_url=None is refused: Telegram calls https addresses alone"),
        (["bot.api=nowhere"], "bot.api=nowhere is no address"),
        (["bot.asks_if_model=['(']"], "is no regular expression"),
        (["bot.disclosure='{nobody}'"], "bot.disclosure is refused: {name} is all that may stand in braces"),
        (["bot.token=1:a"], "there is no key bot.token"),
        (["bot.contacts={Anna: 2}"], "bot.contacts"),
        (["bot.contacts={2: Anna}", "bot.allowed=[2,-100]", "bot.token_variable=NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE"),
        (["bot.token_file=nothing"], "bot.token_file=nothing cannot be read: No such file"),
        (["bot.token_variable=NOT_SET_ANYWHERE"], "environment variable NOT_SET_ANYWHERE"),
        (["hydra.run.dir=here"], "Leave it out"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], told: str, finished_run: Path, refused: Refused) -> None:
    assert told in refused("bot", finished_run, *words)


def test_a_run_comes_first(refused: Refused) -> None:
    assert "doppel bot needs a run first: doppel bot outputs/train/NAME" in refused("bot")


@pytest.mark.parametrize("words", ["1:", "nothing", "1234567:with blank"])
def test_a_token_that_is_none_is_told_and_not_shown(
    words: str, finished_run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOPPEL_BOT_TOKEN", words)
    told = refused("bot", finished_run)
    assert "the bot's token is none: copy it from @BotFather" in told
    assert words not in told


def test_a_token_file_that_others_may_read(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o644)
    assert f"can be read by others: type chmod 600 {tmp_path / 'token'}" in refused(
        "bot", finished_run, f"bot.token_file={tmp_path / 'token'}"
    )


def test_a_database_that_is_not_sound_is_told_and_kept(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    file = tmp_path / "memory.sqlite3"
    file.write_bytes(b"words" * 1000)
    assert "is damaged or no database" in refused("bot", finished_run, f"memory_file={file}")
    assert file.read_bytes() == b"words" * 1000
    file.unlink()
    connection = open_database(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "was written by a later doppel" in refused("bot", finished_run, f"memory_file={file}")


def test_without_its_library_it_says_what_to_type(
    finished_run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doppel.commands.bot.LIBRARIES", ("no_such_library",))
    assert 'needs no_such_library: type pip install "doppel[bot]"' in refused("bot", finished_run)

"""What is being made is gone in the end, however its process ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doppel.cache.scratch import LOCK, remove_abandoned, scratch
from doppel.cache.store import SAFE_SECONDS, cache_folder
from doppel.errors import RunError

PREPARING = """
import sys
from doppel.cache.scratch import scratch
with scratch("preparing") as folder:
    (folder / "k").mkdir()
    (folder / "k" / "messages.spool").write_text("private")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "doppel"


@contextmanager
def another_process() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """One that is preparing, and its folder."""
    command = [sys.executable, "-c", PREPARING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_it_is_its_owners_only_and_gone_afterwards(cache: Path) -> None:
    def broken_off() -> None:
        with scratch("preparing") as folder:
            assert folder.parent == cache
            assert folder.name.startswith("preparing-")
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "messages.spool").write_text("private")
            (folder / "k").mkdir()
            raise ValueError("whatever")

    with pytest.raises(ValueError, match="whatever"):
        broken_off()
    assert list(cache.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(cache: Path) -> None:
    with another_process() as (process, folder), scratch("tokens") as own:
        remove_abandoned()
        assert (folder / "k" / "messages.spool").read_text() == "private"
        assert own.is_dir()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (folder / "k" / "messages.spool").is_file()
        remove_abandoned()
        assert list(cache.iterdir()) == [own]


def test_what_was_left_without_a_lock_is_removed_when_nothing_was_written_there_for_long(cache: Path) -> None:
    old, new = cache_folder() / "preparing-old", cache_folder() / "preparing-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "messages.spool").write_text("private")
        os.utime(folder, (0, 0))
    long_ago = time.time() - SAFE_SECONDS - 60
    os.utime(old / "messages.spool", (long_ago, long_ago))
    remove_abandoned()
    assert list(cache.iterdir()) == [new]


def test_what_is_kept_and_what_is_anothers_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prepared", "tokens", "preparing-x"):
        (cache_folder() / name).mkdir()
    (cache / "preparing-x" / LOCK).write_text("")
    (cache / "gpus.json").write_text("{}")
    with monkeypatch.context() as of_root:
        of_root.setattr(os, "open", lambda *_: (_ for _ in ()).throw(PermissionError()))
        remove_abandoned()
    assert sorted(one.name for one in cache.iterdir()) == ["gpus.json", "prepared", "preparing-x", "tokens"]


def test_without_locks_nothing_is_removed_but_ones_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("doppel.cache.scratch.fcntl.flock", refuse)
    with scratch("preparing") as first:
        with scratch("preparing") as second:
            remove_abandoned()
            assert second.is_dir()
        assert list(cache.iterdir()) == [first]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RunError, match="XDG_CACHE_HOME=/folder"), scratch("preparing"):
        pass

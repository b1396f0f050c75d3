"""What every test may ask for."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from tests import driving

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """What servers set up for a process of their own ends with the test: it would write to a closed stream."""
    logs = [logging.getLogger(name) for name in ("doppel.serving", "doppel.web")]
    before = [(own, own.handlers, own.level, own.propagate) for own in logs]
    yield
    for own, handlers, level, propagates in before:
        own.handlers, own.propagate = handlers, propagates
        own.setLevel(level)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs; the test is skipped, with a word, where it is absent."""
    folder = Path(os.environ.get("DOPPEL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real inputs are not here: {folder} (set DOPPEL_SHARED_DATA)")
    return folder.resolve()


@pytest.fixture(scope="session")
def tiny_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 messages of the owner with two others."""
    return driving.write_export(tmp_path_factory.mktemp("export") / "result.json", driving.some_chats())


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of LoRA on the tiny causal model, whose export is gone. Not to be changed."""
    cwd = tmp_path_factory.mktemp("finished")
    export = driving.write_export(cwd / "result.json", driving.some_chats())
    output = driving.done("train", *driving.LONGER, *driving.from_export(export), cwd=cwd)
    (cwd / "output.txt").write_text(output, encoding="utf-8")
    export.unlink()
    return driving.only_run(cwd)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in this process that must be refused, with status 2 and no run directory; what it tells."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        monkeypatch.setattr("sys.argv", ["doppel", *map(str, words)])
        assert dispatch(list(map(str, words))) == 2
        told = capsys.readouterr()
        assert told.err.startswith("doppel: ")
        assert not (tmp_path / "outputs").exists()
        return told.err

    return run

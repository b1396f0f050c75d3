"""`doppel web` as a process: a page of a finished run answers, its opinions are kept, and signals end it well."""

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doppel.memory.memory import Memory
from tests.driving import LIMIT_SECONDS, done, end, start
from tests.web.asking import bubbles, events, outcome

Refused = Callable[..., str]
SAY, LIKE, BESIDE = 0, 3, 5
FILE = Path("outputs", "memory", "memory.sqlite3")


@contextlib.contextmanager
def opened(run: Path, cwd: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of a page once it is there, and its address."""
    pytest.importorskip("gradio", reason="the page needs gradio: pip install 'doppel[web]'")
    with start(["web", run, "web.port=0", "generation.max_new_tokens=8", "seed=1", *words], cwd) as process:
        watchdog = threading.Timer(LIMIT_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("ready at ")), "")
            yield process, ready.removeprefix("ready at ").partition(",")[0]
        finally:
            watchdog.cancel()
            process.kill()


def test_a_run_talks_and_is_judged_and_ctrl_c_ends_it(finished_run: Path, tmp_path: Path) -> None:
    with opened(finished_run, tmp_path, "generation.min_new_tokens=4") as (process, address):
        outcome(address, BESIDE, [True], "page")
        shown = outcome(address, SAY, ["sea gull\nhow is the boat?"], "page")
        assert bubbles(shown)[:2] == ["sea gull", "how is the boat?"]
        first, *_ = said = bubbles(shown)[2:]
        assert first
        assert [one["content"][0]["text"] for one in shown[1]["value"]][2:]  # the base model's
        assert "how is the boat?" in shown[3]
        outcome(address, LIKE, [], "page", {"index": 2, "value": first, "liked": True})
        assert bubbles(outcome(address, SAY, ["sea gull\nhow is the boat?"], "other"))[2:] == said  # seed=1
        process.send_signal(signal.SIGINT)
        status, _, lines = end(process)
    assert status == 0
    assert [" ".join(line.split()[2:5]) for line in lines.splitlines() if " INFO " in line] == [
        f"INFO replied: {len(said)}"
    ] * 2
    memory = Memory(tmp_path / FILE)
    (opinion,) = memory.feedback.each()
    assert (opinion.kind, opinion.rating, opinion.run, list(opinion.reply)) == ("thumb", 1, finished_run.name, said)
    assert [turn.messages for turn in opinion.turns] == [("sea gull", "how is the boat?")]
    memory.close()
    done("forget", "contact=web:stranger", "runs=nowhere", cwd=tmp_path)
    memory = Memory(tmp_path / FILE)
    assert list(memory.feedback.each()) == []
    memory.close()
    assert [one.name for one in tmp_path.iterdir()] == ["outputs"]


def test_what_is_under_way_is_said_before_the_end(finished_run: Path, tmp_path: Path) -> None:
    long = ["generation.min_new_tokens=200", "generation.max_new_tokens=200"]
    with opened(finished_run, tmp_path, *long) as (process, address):
        told = events(address, SAY, ["hi"], "page")
        assert next(one for one in told if one["msg"] == "process_generating")  # the reply is under way
        process.send_signal(signal.SIGTERM)
        (last,) = [one for one in told if one["msg"] == "process_completed"]
        assert len(bubbles(last["output"]["data"])) > 1
        status, _, lines = end(process)
    assert status == 0
    assert "INFO replied: " in lines


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["web.host=0.0.0.0"],
            "web.host=0.0.0.0 can be reached from elsewhere, which needs a key: put one into a file",
        ),
        (["web.key_file=nothing"], "web.key_file=nothing cannot be read: No such file"),
        (["web.prt=1"], "there is no key web.prt, did you mean web.port?"),
        (["web.max_waiting=0"], "web.max_waiting=0 is refused: it must be greater than 0"),
        (["speaker=Ana"], "The model knows nobody called 'Ana'. Did you mean Anna?"),
        (["partner=Bris"], "The model knows nobody called 'Bris'. Did you mean Boris?"),
        (["partner=Никита"], "Никита is who answers, and cannot be whom they talk with"),
        (["hydra.run.dir=here"], "Leave it out"),
        (["--multirun"], "doppel web does not sweep"),
    ],
)
def test_what_cannot_be_is_told_before_the_model_is_loaded(
    words: list[str], told: str, finished_run: Path, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOPPEL_WEB_KEY", raising=False)
    monkeypatch.setattr("doppel.commands.speaking.Speaking.engine", None)
    memory = f"memory_file={tmp_path / 'memory.sqlite3'}"
    assert told in refused("web", finished_run, *words, memory)


def test_a_port_in_use_and_a_damaged_database_are_told(finished_run: Path, refused: Refused, tmp_path: Path) -> None:
    memory = f"memory_file={tmp_path / 'memory.sqlite3'}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused("web", finished_run, f"web.port={port}", memory)
    assert f"port {port} of 127.0.0.1 is in use by another program: stop it, or type web.port={port + 1}" in told
    (tmp_path / "words").write_bytes(b"words" * 1000)
    assert "words is damaged or no database" in refused("web", finished_run, f"memory_file={tmp_path / 'words'}")


def test_a_run_that_has_nothing_to_say(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    assert "doppel web needs a run first: doppel web outputs/train/NAME" in refused("web")
    copied = shutil.copytree(finished_run, tmp_path / "before", ignore=shutil.ignore_patterns("adapter"))
    (copied / "status.json").write_text('{"state": "interrupted"}')
    words = ["web.port=0", f"memory_file={tmp_path / 'memory.sqlite3'}"]
    told = refused("web", copied, *words)
    assert f"has nothing to talk to yet: it is interrupted. Type doppel train resume={copied}" in told
    other = shutil.copytree(copied, tmp_path / "elsewhere" / "before")
    assert "two of these runs have one name" in refused("web", copied, other, *words)


def test_without_its_library_it_says_what_to_type(
    finished_run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doppel.commands.web.LIBRARIES", ("no_such_library",))
    assert 'needs no_such_library: type pip install "doppel[web]"' in refused("web", finished_run)

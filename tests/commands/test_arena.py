"""`doppel arena` as a process on a tiny run: people guess, it is stopped, it goes on; and what cannot be."""

import contextlib
import hashlib
import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import torch
from safetensors.torch import load_file, save_file

from doppel.__main__ import dispatch
from tests.driving import LIMIT_SECONDS, TINY, done, end, from_export, only_run, some_chats, start, write_export

Refused = Callable[..., str]
WORDS = ["serving.port=0", "generation.max_new_tokens=4", "moments=6", "context_turns=2"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("one")
    export = write_export(cwd / "result.json", some_chats(300))
    more = ["trainer.max_steps=2", "split.test_fraction=0.4", "split.per_chat=true", "compared_replies=0"]
    done("train", *TINY, *from_export(export), "privacy=secrets", *more, cwd=cwd)
    return only_run(cwd)


def changed_manifest(folder: Path, **data: str) -> None:
    """As if the run had been frozen with these fingerprints of its samples."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["data"]["sha256"] |= data
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "copied", ignore=shutil.ignore_patterns("arena")))


@contextlib.contextmanager
def opened(cwd: Path, *words: object) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The page, once it is there, and who looks at it."""
    with start(["arena", *words, *WORDS], cwd) as process:
        watchdog = threading.Timer(LIMIT_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            told = []
            for line in process.stdout:
                told.append(line)
                if line.startswith("ready at "):
                    break
            assert any(line.startswith("ready at ") for line in told), process.stderr and process.stderr.read()
            assert any("let only those guess who may read it" in line for line in told)
            address = told[-1].removeprefix("ready at ").strip()
            with httpx.Client(base_url=address, timeout=LIMIT_SECONDS, trust_env=False) as client:
                yield process, client
        finally:
            watchdog.cancel()
            process.kill()


def guess(client: httpx.Client, judge: str, most: int) -> int:
    """How many moments the judge has answered, always with what stands on the left."""
    seen = client.post("/api/moment", json={"judge": judge}).json()
    for number in range(most):
        if seen["place"] is None:
            return number
        body = {"judge": judge, "place": seen["place"], "side": "left", "seconds": 1.0}
        seen = client.post("/api/guess", json=body).json()
    return most


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    status, told, complaints = end(process)
    assert status == 0, told + complaints
    return told, complaints


def test_people_guess_and_a_restart_goes_on(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path, copied) as (process, client):
        assert "<title>doppel arena</title>" in client.get("/").text
        seen = client.post("/api/moment", json={"judge": "Аня"}).json()
        assert {turn["speaker"] for turn in seen["context"]} <= {"contact 1", "contact 2", "Никита"}
        assert len(seen["context"]) <= 2
        assert guess(client, "Аня", 2) == 2
        told, complaints = stop(process)
    assert "Аня" in told
    assert " INFO " not in complaints
    assert "Anna" not in told
    with opened(tmp_path, copied) as (process, client):  # no model is loaded this time
        assert client.post("/api/moment", json={"judge": "аня"}).json()["done"] == 2
        assert guess(client, "Аня", 10) == 4
        assert guess(client, "Ben", 1) == 1
        told, _ = stop(process)
    assert "loading" not in told
    found = json.loads((copied / "arena" / "against_real.json").read_text(encoding="utf-8"))
    assert (found["overall"]["guesses"], found["judges"]["Аня"]["share"]["value"]) == (7, 0.5)  # left and right by half
    assert found["measures"]["fooled_guesses"]["values"]["result"] == found["overall"]["share"]
    assert len(found["all_guesses"]) == 7
    before = (copied / "arena" / "against_real.json").read_bytes()
    assert dispatch(["arena", str(copied), *WORDS, "serves=false"]) == 0
    assert "these guesses do not tell the replies from the person's own" in capsys.readouterr().out
    assert (copied / "arena" / "against_real.json").read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copied"]


def with_other_weights(folder: Path) -> None:
    """Two steps hardly change what is drawn with the same seed."""
    (weights,) = (folder / "adapter").glob("*.safetensors")
    save_file({name: torch.randn_like(of) for name, of in load_file(weights).items()}, weights)


@pytest.mark.slow
def test_against_another_run(copied: Path, run: Path, tmp_path: Path) -> None:
    another = Path(shutil.copytree(run, tmp_path / "another"))
    with_other_weights(another)
    with opened(tmp_path, copied, another, "shows_names=true") as (process, client):
        assert client.get("/api/game").json()["is_about_real"] is False
        seen = client.post("/api/moment", json={"judge": "Ben"}).json()
        assert {turn["speaker"] for turn in seen["context"]} <= {"Anna", "Boris", "Никита"}
        body = {"judge": "Ben", "place": seen["place"], "side": None, "seconds": 2}
        assert client.post("/api/guess", json=body).status_code == 200
        told, _ = stop(process)
    assert "these guesses do not say which is more like the person" in told
    found = json.loads((copied / "arena" / f"against_{another.name}.json").read_text(encoding="utf-8"))
    assert (found["overall"]["same"], found["measures"]) == (1, {})


@pytest.mark.slow
def test_against_its_base(copied: Path, tmp_path: Path) -> None:
    with_other_weights(copied)
    with opened(tmp_path, copied, "base") as (process, client):
        assert client.get("/api/results").json()["rival"] == "base"
        told, _ = stop(process)
    assert "nobody has guessed yet" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serving.host=0.0.0.0"], "serving.host=0.0.0.0 can be reached from elsewhere, which needs a key"),
        (["serving=openai"], "doppel arena shows its own page: leave serving= out, or type serving=arena"),
        (["moments=0"], "moments=0 is refused: it must be greater than 0"),
        (["persona=Nobody"], "the run has not learnt them; it has learnt Никита (user1)"),
        (["serves=false"], "has no guesses against real with these settings: type doppel arena"),
        (["hydra.run.dir=here"], "Leave it out"),
    ],
)
def test_what_cannot_be_is_told(
    words: list[str], told: str, copied: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOPPEL_API_KEY", raising=False)
    assert told in refused("arena", copied, "serving.port=0", *words)


def test_an_unknown_run_or_rival_is_told(run: Path, refused: Refused) -> None:
    assert "doppel arena needs a run first" in refused("arena")
    assert "nowhere does not exist" in refused("arena", "nowhere")
    assert "nobody does not exist" in refused("arena", run, "nobody")
    assert "doppel arena needs a run first" in refused("arena", run, "base", "real")


def test_a_port_in_use_is_told_before_a_model_is_loaded(copied: Path, refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused("arena", copied, f"serving.port={port}")
    assert f"port {port} of 127.0.0.1 is in use by another program: stop it, or type serving.port={port + 1}" in told


def test_runs_on_other_data_are_refused(copied: Path, tmp_path: Path, refused: Refused) -> None:
    other = Path(shutil.copytree(copied, tmp_path / "other"))
    changed_manifest(other, test="0" * 64)
    told = refused("arena", copied, other, "serving.port=0")
    assert "the test samples of copied (" in told
    assert "are not the same: replies to other moments do not compare" in told


def test_a_run_without_held_out_replies_is_told(copied: Path, refused: Refused) -> None:
    for part in ("test", "validation"):
        copied.joinpath("data", f"{part}.jsonl").write_bytes(b"")
        changed_manifest(copied, **{part: hashlib.sha256().hexdigest()})
    assert "nothing is left that it has not learnt" in refused("arena", copied, "serving.port=0")


def test_a_damaged_file_of_guesses_is_told_and_left(copied: Path, refused: Refused) -> None:
    file = copied / "arena" / "guesses.sqlite3"
    file.parent.mkdir()
    file.write_bytes(b"no database, but words enough that SQLite could take for a header of its own" * 40)
    told = refused("arena", copied, "serving.port=0")
    assert "is damaged or no database" in told
    assert "begin anew with arena_file=ANOTHER/FILE" in told
    assert file.read_bytes().startswith(b"no database")
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as theirs:
        theirs.execute("CREATE TABLE theirs (id)")
    assert "is a database of another program: type arena_file=" in refused("arena", copied, "serving.port=0")


def test_a_run_that_has_nothing_to_say_is_told(copied: Path, refused: Refused) -> None:
    shutil.rmtree(copied / "adapter")
    assert "has nothing to evaluate yet: it is finished" in refused("arena", copied, "serving.port=0")


def test_a_run_against_itself_leaves_nothing_to_guess(copied: Path, refused: Refused) -> None:
    told = refused("arena", copied, copied, *WORDS)
    assert "are the same, word for word: there is nothing to guess" in told


def test_without_its_libraries_it_says_what_to_type(
    copied: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doppel.commands.arena.LIBRARIES", ("no_such_library",))
    assert 'needs no_such_library: type pip install "doppel[serve]"' in refused("arena", copied)

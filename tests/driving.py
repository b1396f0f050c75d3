"""doppel as its users drive it: real processes, a tiny export, a tiny model."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from doppel.run.metrics import read_metrics

OWNER, OWNER_NAME = "user1", "Никита"
LIMIT_SECONDS = 180.0  # more than anything here takes, so that a hang fails instead of staying
STEPS = 120

# A model and a run so small that starting Python is what takes the time.
TINY = [
    "model=tiny_causal",
    "precision=fp32",
    "batches.batch_size=2",
    "schedule.num_warmup_steps=1",
    "generation.max_new_tokens=8",
    "compared_replies=1",
    "first_samples=1",
    "~callbacks.progress",
]
# Long enough for a signal to come in time, with more than one epoch, validation and checkpoint.
LONGER = [*TINY, f"trainer.max_steps={STEPS}", "trainer.max_epochs=100", "checkpoint.every_n_steps=25"]
LONGER += ["trainer.check_val_every_n_epoch=4", "adapter.dropout=0.1"]


def text_message(number: int, at: int, sender: str, name: str, text: str) -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "date": "2023-11-14T22:13:20",
        "date_unixtime": str(at),
        "from": name,
        "from_id": sender,
        "text": text,
        "text_entities": [{"type": "plain", "text": text}],
    }


def chat(name: str, chat_id: int, messages: list[dict[str, Any]], kind: str = "personal_chat") -> dict[str, Any]:
    return {"name": name, "type": kind, "id": chat_id, "messages": messages}


def write_export(file: Path, chats: list[dict[str, Any]]) -> Path:
    owner = {"user_id": int(OWNER.removeprefix("user")), "first_name": OWNER_NAME}
    content = {"personal_information": owner, "chats": {"list": chats}}
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def some_chats(number: int = 200) -> list[dict[str, Any]]:
    """Two chats of a Russian-named owner, in bursts and sessions."""
    draw = random.Random(0)
    words = ["sea", "gull", "fog", "lamp", "boat", "tea", "rope", "tide", "stone", "bell", "wind", "salt"]
    at = 1_700_000_000
    chats = []
    for chat_id, (other, name) in enumerate([("user2", "Anna"), ("user3", "Boris")], start=2):
        messages = []
        for index in range(number // 2):
            at += draw.choice([20, 40, 4000])
            sender, sender_name = draw.choice([(OWNER, OWNER_NAME), (other, name)])
            text = " ".join(draw.choices(words, k=draw.randint(1, 5)))
            messages.append(text_message(index + 1, at, sender, sender_name, text))
        chats.append(chat(name, chat_id, messages))
    return chats


def from_export(file: Path) -> list[str]:
    return ["source=telegram", f"source.path={file}"]


def start(
    words: Sequence[object], cwd: Path, *, module: str = "doppel", more: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """A doppel process, in a session of its own as in a terminal of its own, with more in its environment."""
    # A worker is one of several processes on few cores, here as in any run of the tests.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default", **(more or {})}
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, words)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        **options,
    )


def end(process: subprocess.Popen[str], typed: str = "", limit_seconds: float = LIMIT_SECONDS) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of a process when it has ended."""
    try:
        output, complaints = process.communicate(typed, timeout=limit_seconds)
    finally:
        process.kill()
    assert "Traceback" not in complaints, complaints
    return process.returncode, output, complaints


def doppel(*words: object, cwd: Path, typed: str = "") -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of a command."""
    return end(start(words, cwd), typed)


def done(*words: object, cwd: Path, typed: str = "") -> str:
    """The standard output of a command that must succeed."""
    status, output, complaints = doppel(*words, cwd=cwd, typed=typed)
    assert status == 0, output + complaints
    return output


def only_run(cwd: Path, command: str = "train") -> Path:
    """The one run directory under `cwd`/outputs."""
    (run,) = (cwd / "outputs" / command).iterdir()
    return run


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it ended first: {end(process)}")
        time.sleep(0.02)


def has_logged(cwd: Path, rows: int) -> Callable[[], bool]:
    """Whether the newest run under `cwd` has logged so many rows."""

    def is_so() -> bool:
        files = [*cwd.glob("outputs/train/*/metrics.csv"), *cwd.glob("outputs/train/*/*/metrics.csv")]
        return any(len(file.read_text().splitlines()) > rows for file in files)

    return is_so


def state(run: Path) -> str:
    return json.loads((run / "status.json").read_text())["state"]


def logged(run: Path) -> list[dict[str, float]]:
    """The rows of a run's metrics without what a clock or the machine's memory says."""
    rows = read_metrics(run / "metrics.csv")
    measured = ("per_second", "memory")
    return [{name: row[name] for name in row if not any(word in name for word in measured)} for row in rows]


def workers_of(run: Path) -> list[int]:
    """The process ids of the workers of a run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"worker" in words and str(run).encode() in words:
                found.append(int(entry.name))
    return found

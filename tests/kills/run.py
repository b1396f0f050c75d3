"""One run that is killed again and again, each time taken up by the same command, until it has come to its end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.driving import end, logged, start, state, wait_for, workers_of

WEIGHTS = "adapter/adapter_model.safetensors"
LIMIT_SECONDS = 900.0  # four processes on a busy machine take minutes
POLL_SECONDS = 0.0005  # a small checkpoint is written in a few milliseconds

# tree: all processes at once, as when the power goes; parent, worker: that one alone; writing: all, while a checkpoint
# is being written; early: all, at any time after the start.
KINDS = ("tree", "parent", "worker", "writing", "early")


@dataclass(frozen=True)
class Reference:
    """What a run that nobody killed came to."""

    weights: bytes
    rows: list[dict[str, float]]
    start_seconds: float  # until the first step
    steps_seconds: float  # from the first step to the end

    @classmethod
    def of(cls, words: list[str], cwd: Path) -> Reference:
        """Trains it. Raises: AssertionError where it does not come to its end."""
        began = time.monotonic()
        with KilledRun(words, cwd) as run:
            run.waits_for(lambda: run.steps() > 0)  # where it never comes, finishing tells why
            stepped = time.monotonic()
            run.finish()
            assert run.path is not None
            weights, rows = (run.path / WEIGHTS).read_bytes(), logged(run.path)
            return cls(weights, rows, stepped - began, time.monotonic() - stepped)


class KilledRun:
    """A run, whichever process works on it now."""

    def __init__(self, words: list[str], cwd: Path) -> None:
        cwd.mkdir(parents=True)
        self._command, self._cwd = ["train", *words, "resume=auto"], cwd
        self._process = start(self._command, cwd)

    def __enter__(self) -> KilledRun:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def path(self) -> Path | None:
        """The run directory, once it holds all that a run needs."""
        return next((file.parent for file in self._cwd.glob("outputs/train/*/status.json")), None)

    def steps(self) -> int:
        """Rows that have been logged."""
        file = self.path and self.path / "metrics.csv"
        return len(file.read_bytes().splitlines()) - 1 if file and file.is_file() else 0

    def newest_checkpoint(self) -> str:
        """Its file name, "" where there is none."""
        files = (self.path / "checkpoints").glob("step-*.ckpt") if self.path else ()
        return max((file.name for file in files), default="")

    def workers(self) -> list[int]:
        """The workers that are alive."""
        return sorted(workers_of(self.path)) if self.path else []

    def kill(self, kind: str, delay_seconds: float, draw: random.Random) -> bool:
        """Whether it was killed in that way, and is taken up again; False where it had come to its end before."""
        if not self._reaches(kind, delay_seconds):
            return False
        workers = self.workers()
        victims = {"parent": [self._process.pid], "worker": [draw.choice(workers)] if workers else []}
        victims = victims.get(kind, [self._process.pid, *workers])
        for number in (signal.SIGSTOP, signal.SIGKILL):  # nobody gets to see another one end
            for pid in victims:
                _send(pid, number)
        status, output, complaints = end(self._process, limit_seconds=LIMIT_SECONDS)
        if self._has_finished():
            return False
        assert status != 0, output + complaints
        if kind == "worker":
            assert f"doppel train resume={self.path}" in complaints, complaints
            assert self.path is not None
            assert state(self.path) == "failed"
        wait_for(lambda: self.workers() == [])
        self._process = start(self._command, self._cwd)
        return True

    def finish(self) -> None:
        """Lets it come to its end. Raises: AssertionError where it does not."""
        status, output, complaints = end(self._process, limit_seconds=LIMIT_SECONDS)
        assert status == 0 or self._has_finished(), output + complaints

    def assert_same(self, reference: Reference) -> None:
        """Raises: AssertionError where a bit of the weights or losses differs, or where half a file is left."""
        assert self.path is not None
        assert self._has_finished()
        assert (self.path / WEIGHTS).read_bytes() == reference.weights, f"{self.path} has other weights"
        assert logged(self.path) == reference.rows, f"{self.path} has logged other losses"
        assert list((self.path / "checkpoints").glob(".*")) == [], f"{self.path} has half a checkpoint"
        assert self.workers() == []

    def waits_for(self, condition: Callable[[], bool], seconds: float = LIMIT_SECONDS) -> bool:
        """Whether it became true before the process ended and the time was over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            if condition():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _reaches(self, kind: str, delay_seconds: float) -> bool:
        """Whether the moment to be killed at comes before the end of the run."""
        if kind != "early":
            before = self.newest_checkpoint()
            if not self.waits_for(lambda: self.newest_checkpoint() != before):
                return False
        if kind == "writing":
            return self.waits_for(self._is_writing)
        self.waits_for(lambda: False, delay_seconds)
        return self._process.poll() is None

    def _is_writing(self) -> bool:
        return self.path is not None and any((self.path / "checkpoints").glob(".*.partial"))

    def _has_finished(self) -> bool:
        return self.path is not None and state(self.path) == "finished"


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return

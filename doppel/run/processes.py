"""A run's worker processes: one for each device, started together, ended together, never left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0  # what ranks get to leave after another one ended badly: a collective without it never ends
PARENT_VARIABLE = "DOPPEL_PARENT"
# SIGUSR1 is SLURM's customary warning before a job ends, SIGUSR2 submitit's.
PASSED_ON = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
)
PR_SET_PDEATHSIG = 1  # of Linux's prctl


@dataclass(frozen=True, slots=True)
class Ending:
    """How the workers of a run ended."""

    status: int  # 0, or that of the first that failed; negative: the signal that killed it
    asked_by: str | None = None  # the signal that this process was sent and passed on, e.g. "SIGTERM"


def places_here(processes: int) -> list[dict[str, str]]:
    """The environments of `processes` workers on this machine alone."""
    if processes == 1:
        return [{}]
    threads, port = max(1, (os.cpu_count() or 1) // processes), str(free_port())
    return [
        {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "NODE_RANK": "0",
            "WORLD_SIZE": str(processes),
            "LOCAL_WORLD_SIZE": str(processes),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
            "TORCHELASTIC_USE_AGENT_STORE": "False",  # one process started by torchrun may start several itself
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
        }
        for rank in range(processes)
    ]


def launch(arguments: list[str], places: Sequence[Mapping[str, str]], *, shared: Sequence[int] = ()) -> Ending:
    """How `python -m doppel <arguments>` ended, once for each of the places, which are added to the environment.

    SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 to this process are passed on, so that workers save and leave by themselves.
    Workers keep the open files `shared`, and with them whatever lock this process holds through one.
    """
    workers: list[subprocess.Popen[bytes]] = []
    with _passing_signals_to(workers) as passed:
        try:
            for place in places:  # one by one, so that a signal, or a rank that cannot start, finds the others
                workers.append(_start(arguments, place, shared))
                if passed:  # it came while that one was not yet among them
                    workers[-1].send_signal(passed[0])
            status = _wait(workers)
        finally:
            _end(workers)
    return Ending(status, signal.Signals(passed[0]).name if passed else None)


def _start(arguments: list[str], place: Mapping[str, str], shared: Sequence[int]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, PARENT_VARIABLE: str(os.getpid()), **place}
    # A session of its own: Ctrl-C in the terminal reaches the workers once, through this process.
    return subprocess.Popen(
        [sys.executable, "-m", "doppel", *arguments], env=environment, start_new_session=True, pass_fds=shared
    )


def _wait(workers: list[subprocess.Popen[bytes]]) -> int:
    while True:
        statuses = [worker.poll() for worker in workers]
        bad = [status for status in statuses if status]
        if bad:
            _end(workers)
            return min(bad)  # a killed worker (negative) comes first: the others only miss it
        if None not in statuses:
            return 0
        time.sleep(POLL_SECONDS)


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for worker in workers:
        try:
            worker.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


@contextlib.contextmanager
def _passing_signals_to(workers: list[subprocess.Popen[bytes]]) -> Iterator[list[int]]:
    """The signals passed on so far, in their order."""
    passed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield passed
        return

    def forward(number: int, _frame: FrameType | None) -> None:
        passed.append(number)
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(number)

    before = {number: signal.signal(number, forward) for number in PASSED_ON}
    try:
        yield passed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port() -> int:
    """A port of this machine that nobody listens to."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def end_with_parent() -> None:
    """Ends this worker when the process that started it is gone, however it went."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is None:
        return
    if sys.platform == "linux":  # at once: not one more file is written once a run may be taken up by another process
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    end_with(int(parent))


def end_with(parent: int) -> None:
    """Ends this process within a second or so of its parent's end."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()

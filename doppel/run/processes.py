"""A run's worker processes: one for each device, started together, ended together, never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0  # what ranks get to leave after another one ended badly: a collective without it never ends
PARENT_VARIABLE = "DOPPEL_PARENT"


def launch(arguments: list[str], *, processes: int) -> int:
    """The exit status of `python -m doppel <arguments>` in `processes` ranks: 0, or that of the first rank that failed.

    SIGINT and SIGTERM to this process are passed on, once each, so that workers save and leave by themselves.
    """
    port = _free_port() if processes > 1 else 0
    workers: list[subprocess.Popen[bytes]] = []
    with _passing_signals_to(workers):
        try:
            for rank in range(processes):  # one by one, so that a signal, or a rank that cannot start, finds the others
                workers.append(_start(arguments, rank, processes, port))
            return _wait(workers)
        finally:
            _end(workers)


def _start(arguments: list[str], rank: int, processes: int, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, PARENT_VARIABLE: str(os.getpid())}
    if processes > 1:
        threads = max(1, (os.cpu_count() or 1) // processes)
        environment |= {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "NODE_RANK": "0",
            "WORLD_SIZE": str(processes),
            "LOCAL_WORLD_SIZE": str(processes),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
        }
    # A session of its own: Ctrl-C in the terminal reaches the workers once, through this process.
    return subprocess.Popen([sys.executable, "-m", "doppel", *arguments], env=environment, start_new_session=True)


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
def _passing_signals_to(workers: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, _frame: FrameType | None) -> None:
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_parent() -> None:
    """Ends this worker when the process that started it is gone, however it went."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is None:
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()

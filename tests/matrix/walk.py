"""Training a cell for two steps, each rank a process forked from this one, which has imported the libraries once."""

from __future__ import annotations

import copy
import importlib
import json
import math
import os
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from doppel.commands.data import prepared_samples
from doppel.commands.prepare import freeze
from doppel.commands.train import ROOT
from doppel.config.check import check
from doppel.run.directory import RunDirectory, take
from tests.driving import logged, some_chats, write_export
from tests.matrix.cells import Cell, config_of

LIMIT_SECONDS = 180
HEAVY = ("doppel.commands.learn", "transformers", "peft", "bitsandbytes", "deepspeed")
SMALL = {
    ("trainer", "max_steps"): 2,
    ("batches", "batch_size"): 2,
    ("batches", "max_tokens"): 128,
    ("validation_samples",): 2,
    ("first_samples",): 0,
    ("compared_replies",): 1,
    ("generation", "max_new_tokens"): 8,
    ("callbacks",): {},
}


def walk(chosen: list[Cell], folder: Path, record: Path) -> None:
    """Trains cells one after another and writes down what came of each."""
    _warm_up()
    record.parent.mkdir(parents=True, exist_ok=True)
    for at, cell in enumerate(chosen, start=1):
        began = time.monotonic()
        fault = _trained(cell, folder)
        spent = f"{time.monotonic() - began:.1f} s"
        print(f"{at}/{len(chosen)} {' '.join(cell.words())} {spent}{' CRASHED' if fault else ''}", flush=True)
        line = {"cell": cell.names(), "day": date.today().isoformat(), "fault": fault}
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _warm_up() -> None:
    """Imports what every rank needs. Nothing is computed: torch's threads would not survive the fork."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in HEAVY:
        importlib.import_module(name)


def _trained(cell: Cell, folder: Path) -> str:
    """ "" when the cell has trained two steps and left its result, else what went wrong."""
    run = _frozen(cell, folder)
    try:
        statuses = _ranks(run, int(config_of(cell)["trainer"]["devices"]))
        return _fault(run, statuses)
    finally:
        if run.path.exists():
            shutil.rmtree(run.path)


def _small(cell: Cell, folder: Path) -> dict[str, Any]:
    """The config of a cell, over a small export, with little of everything."""
    config = copy.deepcopy(config_of(cell))
    for path, value in SMALL.items():
        inner = config
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    export = folder / "result.json"
    if not export.exists():
        write_export(export, some_chats(60))
    source = {"_target_": "doppel.source.telegram.Telegram", **_telegram(), "path": str(export)}
    return config | {"source": source, "outputs": str(folder / "outputs")}


def _telegram() -> dict[str, Any]:
    from doppel.config.compose import compose

    config, faults = compose("train", ["source=telegram", "source.path=x"])
    assert faults == []
    return config["source"]


def _frozen(cell: Cell, folder: Path) -> RunDirectory:
    config = _small(cell, folder)
    check(config, ROOT)
    with prepared_samples(config) as (samples, prepared):
        run = take(folder / "outputs", None)
        freeze(run, config, cell.words(), ["doppel", "train", *cell.words()], samples, prepared)
    run.set_status("running", pid=os.getpid())
    return run


def _ranks(run: RunDirectory, processes: int) -> list[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pids = [_fork(run, rank, processes, port) for rank in range(processes)]
    deadline, statuses = time.monotonic() + LIMIT_SECONDS, dict.fromkeys(pids, -1)
    waiting = list(pids)
    while waiting:
        for pid in list(waiting):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                statuses[pid] = os.waitstatus_to_exitcode(status)
                waiting.remove(pid)
        is_over = time.monotonic() > deadline or any(statuses[pid] for pid in pids if pid not in waiting)
        if is_over:
            for pid in waiting:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return [statuses[pid] for pid in pids]


def _fork(run: RunDirectory, rank: int, processes: int, port: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        said = os.open(run.path / f"said.rank{rank}.txt", os.O_WRONLY | os.O_CREAT)
        os.dup2(said, 1)
        os.dup2(said, 2)
        if processes > 1:
            os.environ |= {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "NODE_RANK": "0",
                "WORLD_SIZE": str(processes),
                "LOCAL_WORLD_SIZE": str(processes),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
            }
        from doppel.commands import worker

        status = worker.run([str(run.path)])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _fault(run: RunDirectory, statuses: Sequence[int]) -> str:
    if any(statuses):
        said = [file.read_text(errors="replace") for file in sorted(run.path.glob("said.rank*.txt"))]
        logs = [file.read_text(errors="replace")[-3000:] for file in sorted(run.path.glob("log*.txt"))]
        return f"exit statuses {statuses}\n" + "\n".join(said + logs)
    losses = [row["train/loss"] for row in logged(run.path) if "train/loss" in row]
    if len(losses) != 2 or not all(map(math.isfinite, losses)):
        return f"the losses logged are {losses}"
    return "" if any(run.path.glob("*/*.safetensors")) else "no result was saved"

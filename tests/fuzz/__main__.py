"""python -m tests.fuzz [--cases N] [--processes N] [--log FOLDER] [FORMAT ...], or FORMAT SEED for one case again."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.formats import FORMATS
from tests.fuzz.harness import Bench, Outcome, bound_memory, masked, peak_megabytes

CHUNK = 2000  # cases of one process, so that what leaks is seen, and is gone
WAIT_SECONDS = 120  # without a case done: that process hangs


@dataclass
class Tally:
    """What became of the cases of one format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, list[Any]] = field(default_factory=dict)  # masked error -> [how often, first seed]
    faults: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)  # seconds, seed
    peak_megabytes: float = 0.0
    seconds: float = 0.0  # of the processor, for all cases

    def add(self, seed: int, outcome: Outcome, folder: Path) -> None:
        """Counts one case."""
        self.seconds += outcome.seconds
        self.outcomes[outcome.word] += 1
        self.slowest = max(self.slowest, (outcome.seconds, seed))
        if outcome.told:
            self.kinds.setdefault(masked(outcome.told, folder), [0, seed])[0] += 1
        if outcome.word == "fault" and len(self.faults) < 200:
            self.faults.append((seed, outcome.told))

    def merge(self, other: Tally) -> None:
        """Adds what another process has counted."""
        self.outcomes += other.outcomes
        for kind, (number, seed) in other.kinds.items():
            self.kinds.setdefault(kind, [0, seed])[0] += number
        self.faults += other.faults
        self.slowest = max(self.slowest, other.slowest)
        self.seconds += other.seconds
        self.peak_megabytes = max(self.peak_megabytes, other.peak_megabytes)


def _work(name: str, seeds: range, now: Any, pipe: Any) -> None:
    bound_memory()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        bench = Bench(FORMATS[name], Path(folder))
        for seed in seeds:
            now.value = seed
            tally.add(seed, bench.outcome(seed), bench.folder)
    tally.peak_megabytes = peak_megabytes()
    pipe.send(tally)


@dataclass
class _Worker:
    process: Any
    pipe: Any
    now: Any
    seeds: range
    last: tuple[int, float] = (-1, 0.0)  # seed, when it was first seen

    @classmethod
    def started(cls, name: str, seeds: range) -> _Worker:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        now = context.Value("q", seeds.start)
        process = context.Process(target=_work, args=(name, seeds, now, theirs), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours, now, seeds)

    def result(self) -> Tally | None:
        """What it has counted, once it is done; what ended it, as a fault, if it died or hangs."""
        if self.pipe.poll(0.02):
            try:
                return self.pipe.recv()
            except EOFError:
                return self._ended("died")
        if self.last[0] != self.now.value:
            self.last = (self.now.value, time.monotonic())
        elif time.monotonic() - self.last[1] > WAIT_SECONDS:
            self.process.kill()
            return self._ended("hangs")
        return None

    def _ended(self, how: str) -> Tally:
        self.process.join()
        tally = Tally()
        tally.add(self.now.value, Outcome("fault", f"the process {how} ({self.process.exitcode})", 0.0), Path("-"))
        return tally


def fuzz(name: str, cases: range, processes: int) -> Tally:
    """All cases of a format."""
    tally = Tally()
    waiting = [range(start, min(start + CHUNK, cases.stop)) for start in range(cases.start, cases.stop, CHUNK)][::-1]
    workers: list[_Worker] = []
    while waiting or workers:
        while waiting and len(workers) < processes:
            workers.append(_Worker.started(name, waiting.pop()))
        for worker in list(workers):
            result = worker.result()
            if result is None:
                continue
            workers.remove(worker)
            tally.merge(result)
            if sum(result.outcomes.values()) < len(worker.seeds):  # it ended early: what it has counted is lost
                seed = result.faults[0][0]
                halves = (range(worker.seeds.start, seed), range(seed + 1, worker.seeds.stop))
                waiting += [half for half in halves if half]
    return tally


def _again(name: str, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        outcome = Bench(FORMATS[name], Path(folder)).outcome(seed)
    print(f"{outcome.word}, {outcome.seconds:.2f} s\n{outcome.told}")


def main() -> int:
    """1 if a case ended as none may."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("words", nargs="*", metavar="FORMAT")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--log", type=Path, help="a folder for the kinds of errors, as JSON")
    given = parser.parse_args()
    if len(given.words) == 2 and given.words[1].isdecimal():
        _again(given.words[0], int(given.words[1]))
        return 0
    has_failed = False
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:  # what every process would import is there before
        os.environ["XDG_CACHE_HOME"] = folder
        Bench(FORMATS["telegram"], Path(folder)).sound()
    for name in given.words or FORMATS:
        begun = time.monotonic()
        tally = fuzz(name, range(given.start, given.start + given.cases), given.processes)
        counts = ", ".join(f"{number:,} {word}" for word, number in sorted(tally.outcomes.items()))
        slow, seed = tally.slowest
        print(
            f"{name}: {counts}; slowest {slow:.2f} s (seed {seed}), peak {tally.peak_megabytes:,.0f} MB, "
            f"{tally.seconds:,.0f} s of the processor in {time.monotonic() - begun:,.0f} s",
            flush=True,
        )
        for seed, told in tally.faults[:5]:
            print(f"  fault: python -m tests.fuzz {name} {seed}\n    {told.strip()[-1500:]}", flush=True)
        if given.log:
            given.log.mkdir(parents=True, exist_ok=True)
            (given.log / f"{name}.json").write_text(json.dumps(vars(tally), indent=1, sort_keys=True, default=str))
        has_failed |= bool(tally.faults)
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())

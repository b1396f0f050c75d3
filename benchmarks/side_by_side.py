"""Runs contenders one after the other in fresh processes, and tells time and peak memory as ratios."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from doppel.config.machine import cpu_name

MEASURED = """
import json, resource, sys, time
sys.path.insert(0, {folder!r})
from {module} import {function}
start = time.perf_counter()
result = {function}(*json.loads({arguments!r}))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, peak, result]))
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one contender took."""

    name: str
    seconds: float  # of the best repetition: noise only ever adds
    peak_mib: float  # of the process, interpreter and imports included
    result: object


def measure(name: str, module: Path, function: str, arguments: Sequence[object], *, repetitions: int) -> Measurement:
    """The best of several fresh processes that call `function(*arguments)` of a benchmark's module."""
    code = MEASURED.format(
        folder=str(module.parent), module=module.stem, function=function, arguments=json.dumps(arguments)
    )
    answers = []
    for _ in range(repetitions):
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        answers.append(json.loads(answer.stdout.splitlines()[-1]))
    seconds, peak, result = min(answers)
    return Measurement(name, seconds, peak, result)


def table(measurements: Sequence[Measurement]) -> str:
    """A Markdown table; ratios are to the first contender."""
    first = measurements[0]
    lines = ["| | seconds | ratio | peak MiB | ratio | result |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for item in measurements:
        lines.append(
            f"| {item.name} | {item.seconds:.2f} | {item.seconds / first.seconds:.2f} | {item.peak_mib:.0f} "
            f"| {item.peak_mib / first.peak_mib:.2f} | {item.result} |"
        )
    return "\n".join(lines)


def conditions(packages: Sequence[str]) -> str:
    """Machine, versions and date, for the head of a committed result."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{datetime.now(UTC):%Y-%m-%d}, {cpu_name()}, Python {platform.python_version()}, {versions}."

"""doppel feedback: what people thought of replies, counted, or exported as lines of JSON."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from doppel.commands.application import run_composed
from doppel.commands.show import console
from doppel.config.nearest import nearest
from doppel.errors import ConfigError, DataError, RunError
from doppel.memory.feedback import ENCODE, Opinion
from doppel.memory.memory import Memory
from doppel.report.counted import counted

ROOT = "doppel.config.roots.Feedback"
PRAISED = 1


def run(arguments: list[str]) -> int:
    """0 when the opinions are counted, or written. Raises: ConfigError, DataError, RunError."""
    return run_composed("feedback", ROOT, arguments, lambda config, *_: feedback(config))


def feedback(config: dict[str, Any]) -> int:
    """0 when the opinions are counted, or written."""
    file = Path(config["memory_file"]).expanduser()
    if not file.is_file():
        raise DataError(
            f"no opinion is kept: there is no {file}. doppel bot and doppel web keep them; type memory_file=FILE for "
            "those of another place"
        )
    memory = Memory(file)
    try:
        if config["out"] is None:
            _show(_chosen(memory, config))
        else:
            out = Path(config["out"]).expanduser()
            _tell_written(_write(_chosen(memory, config), out), out)
    finally:
        memory.close()
    return 0


def _chosen(memory: Memory, config: dict[str, Any]) -> Iterator[Opinion]:
    """The opinions that are asked for, oldest first. Raises: DataError where there is none."""
    runs: Counter[str] = Counter()
    found = False
    for opinion in memory.feedback.each():
        runs[opinion.run] += 1
        if config["only_run"] in (None, opinion.run) and config["only_kind"] in (None, opinion.kind):
            found = True
            yield opinion
    if not runs:
        raise DataError(f"{memory.file} holds no opinion yet: thumbs, edits, reactions and approvals become some")
    if config["only_run"] is not None and config["only_run"] not in runs:
        raise DataError(
            f"no opinion is on a run called {config['only_run']}{nearest(config['only_run'], runs)}; there are some on "
            f"{', '.join(runs)}"
        )
    if not found:
        kept = counted(sum(runs.values()), "opinion")
        raise DataError(f"of the {kept} in {memory.file} none is of kind {config['only_kind']}")


def _write(opinions: Iterator[Opinion], out: Path) -> int:
    """How many lines the file has: it is there whole, its owner's alone, or not at all. Raises: RunError."""
    if out.exists():
        raise ConfigError(f"{out} is there already: type another file, out=...")
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    number = 0
    try:
        # Its rights before anything is in it; O_EXCL as nobody else's file or link may stand there.
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for opinion in opinions:
                file.write(ENCODE(opinion) + b"\n")
                number += 1
        temporary.rename(out)
    except OSError as error:
        raise RunError(f"{out} cannot be written: {error.strerror}; type out=/a/file/you/may/write") from error
    finally:
        temporary.unlink(missing_ok=True)
    return number


def _tell_written(number: int, out: Path) -> None:
    lines = [
        f"{counted(number, 'opinion')}: {out}",
        "it quotes the chats that were judged, and is readable by you alone: do not share it",
    ]
    console().print("\n".join(lines), markup=False, soft_wrap=True)


def _show(opinions: Iterator[Opinion]) -> None:
    """A line for each run and kind."""
    rows: Counter[tuple[str, str]] = Counter()
    praised: Counter[tuple[str, str]] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for opinion in opinions:
        of = (opinion.run, opinion.kind)
        rows[of] += 1
        praised[of] += opinion.rating == PRAISED
        pairs[of] += opinion.better is not None
    table = Table(title="opinions on replies", title_justify="left")
    for column in ("run", "kind"):
        table.add_column(column)
    for column in ("praise", "blame", "with better words"):
        table.add_column(column, justify="right")
    for of, number in sorted(rows.items()):
        table.add_row(*of, f"{praised[of]:,}", f"{number - praised[of]:,}", f"{pairs[of]:,}")
    console().print(table)
    console().print("to learn from them: doppel feedback out=feedback.jsonl", markup=False)

"""doppel tune lr|batch [overrides of train]: finds a learning rate, or a micro-batch, and prints what to type."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from doppel.commands.application import run_composed
from doppel.commands.data import prepared_samples
from doppel.commands.frozen import ROOT
from doppel.commands.prepare import freeze
from doppel.commands.show import console
from doppel.commands.together import by_itself
from doppel.commands.train import anchored
from doppel.commands.tuning import CURVE_FILE, OUT_OF_MEMORY_STATUS, measured_file
from doppel.config.overrides import opt_in_words
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, take

KILLED = -9  # what a system without memory does to the process that takes it
LARGEST_BATCH = 1024
GAIN = 1.05  # a micro-batch twice as large that is not so many times as fast is not worth its memory


def run(arguments: list[str]) -> int:
    """The exit status of `doppel tune <arguments>`."""
    kinds = {"lr": _learning_rate, "batch": _micro_batch}
    if not arguments or arguments[0] not in kinds:
        typed = f", not {arguments[0]}" if arguments else ""
        raise ConfigError(f"doppel tune takes {' or '.join(kinds)} first{typed}: type doppel tune lr source.path=...")
    return run_composed("train", ROOT, arguments[1:], partial(_tune, kinds[arguments[0]], arguments[0]))


def _tune(kind: Any, name: str, config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    config = anchored(config)
    if config["trainer"]["devices"] * config["trainer"]["num_nodes"] > 1:
        raise ConfigError(
            "doppel tune measures one device: type strategy=single trainer.devices=1, and for tune lr "
            "trainer.accumulate_grad_batches=... so that a step has as many rows as in your run"
        )
    with prepared_samples(config) as (folder, prepared):
        directory = take(Path(config["outputs"]).expanduser().resolve() / "tune")
        command = ["doppel", "tune", name, *overrides, *opt_in_words(opted_in)]
        freeze(directory, config, overrides, command, folder, prepared)
    with directory.held() as lock:
        crew = by_itself("doppel tune")

        def in_a_process(*words: str) -> int:
            arguments = ["tuning", str(directory.path), *words, *opted_in]
            return crew.launch(arguments, devices=1, lock=lock).status

        status = kind(directory, config, in_a_process)
    directory.set_status("finished" if status == 0 else "failed")
    return status


def _learning_rate(directory: RunDirectory, config: dict[str, Any], in_a_process: Any) -> int:
    status = in_a_process("lr")
    if status:
        return abs(status)
    with (directory.path / CURVE_FILE).open(encoding="utf-8", newline="") as lines:
        rows = [(float(row["learning_rate"]), float(row["loss"])) for row in csv.DictReader(lines)]
    from doppel.training.finding import steepest

    rate = steepest(rows)
    shown = Table("learning rate", "training loss", title="raised at every step", title_justify="left")
    for learning_rate, loss in rows[:: max(1, len(rows) // 12)]:
        shown.add_row(f"{learning_rate:.1e}", f"{loss:.3f}")
    console().print(shown)
    if rate is None:
        raise RunError("the loss falls nowhere as the learning rate rises: see the curve in " + str(directory.path))
    console().print(
        f"the loss falls fastest at {rate:.1e} (now optimizer.lr={config['optimizer']['lr']:g}); "
        f"type optimizer.lr={rate:.1e}",
        markup=False,
    )
    return 0


def _micro_batch(directory: RunDirectory, config: dict[str, Any], in_a_process: Any) -> int:
    tried: dict[int, dict[str, float] | None] = {}
    size = 1
    while size <= LARGEST_BATCH:
        status = in_a_process("batch", str(size))
        if status not in (0, OUT_OF_MEMORY_STATUS, KILLED):
            return abs(status)
        file = measured_file(directory.path, size)
        tried[size] = json.loads(file.read_text(encoding="utf-8")) if status == 0 else None
        if tried[size] is None or _is_enough(tried, size):
            break
        size *= 2
    found = {rows: measured for rows, measured in tried.items() if measured is not None}
    if not found:
        raise RunError(
            "a micro-batch of one row does not fit: type a smaller batches.max_tokens, "
            "training.gradient_checkpointing=true or a smaller precision"
        )
    _tell_batches(tried)
    best = _smallest_that_is_fast(found)
    in_a_step = config["batches"]["batch_size"] * config["trainer"]["accumulate_grad_batches"]
    rows = max(divisor for divisor in range(1, min(best, in_a_step) + 1) if in_a_step % divisor == 0)
    console().print(
        f"for the {in_a_step} rows that a step of this config has, type batches.batch_size={rows} "
        f"trainer.accumulate_grad_batches={in_a_step // rows}",
        markup=False,
    )
    return 0


def _is_enough(tried: dict[int, dict[str, float] | None], size: int) -> bool:
    """Whether neither of the last two doublings was worth it, or there are no more rows."""
    speeds = [measured["tokens_per_second"] for measured in tried.values() if measured is not None]
    now = tried[size]
    has_all = now is not None and now["rows"] < size
    return has_all or (len(speeds) > 2 and speeds[-1] < GAIN * speeds[-2] < GAIN * GAIN * speeds[-3])


def _smallest_that_is_fast(found: dict[int, dict[str, float]]) -> int:
    fastest = max(measured["tokens_per_second"] for measured in found.values())
    return min(rows for rows, measured in found.items() if measured["tokens_per_second"] * GAIN >= fastest)


def _tell_batches(tried: dict[int, dict[str, float] | None]) -> None:
    shown = Table("rows in a micro-batch", "tokens a second", "peak MiB", title="longest samples", title_justify="left")
    for rows, measured in tried.items():
        if measured is None:
            shown.add_row(str(rows), "out of memory", "")
        else:
            shown.add_row(str(rows), f"{measured['tokens_per_second']:.0f}", f"{measured['peak_memory_mib']:.0f}")
    console().print(shown)

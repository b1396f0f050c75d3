"""doppel tuning RUN ...: one measurement of `doppel tune`, in a process of its own, which takes its memory with it."""

from __future__ import annotations

import csv
import logging
from pathlib import Path
from typing import Any

from doppel.commands.frozen import ROOT
from doppel.commands.worker import is_out_of_memory, prepare_process
from doppel.config.build import build
from doppel.config.check import check
from doppel.errors import ModelError, RunError
from doppel.run.directory import RunDirectory, open_run, write_json
from doppel.run.processes import end_with_parent
from doppel.run.samples import read_samples

CURVE_FILE = "learning_rates.csv"
OUT_OF_MEMORY_STATUS = 71
RANGE_STEPS = 100
MEASURED_STEPS = 3  # of a micro-batch: the first one also starts things

log = logging.getLogger("doppel")


def run(arguments: list[str]) -> int:
    """0, OUT_OF_MEMORY_STATUS, or what its errors say. Raises: DoppelError."""
    if len(arguments) < 2:
        raise RunError("doppel tuning is a part of doppel tune and is started by it")
    directory, kind = open_run(arguments[0]), arguments[1]
    rest = arguments[3:] if kind == "batch" else arguments[2:]
    end_with_parent()
    prepare_process(directory)
    config = directory.config()
    check(config, ROOT, opted_in=tuple(rest))
    try:
        if kind == "lr":
            _raise_the_rate(directory, config)
        else:
            _measure(directory, config, int(arguments[2]))
    except Exception as error:
        if is_out_of_memory(error):
            log.exception("out of memory")
            return OUT_OF_MEMORY_STATUS
        raise
    return 0


def measured_file(folder: Path, rows: int) -> Path:
    """Where the measurement of a micro-batch is kept."""
    return folder / f"batch_{rows}.json"


def _raise_the_rate(directory: RunDirectory, config: dict[str, Any]) -> None:
    from doppel.training.finding import RangeTest

    test = RangeTest(RANGE_STEPS)
    constant = {"_target_": "transformers.optimization.get_scheduler", "_partial_": True, "name": "constant"}
    try:
        _fit(directory, {**config, "schedule": constant}, [test], [], RANGE_STEPS, longest=None)
    except ModelError as error:  # a loss that is not finite ends the curve, and nothing else is lost
        if not test.curve:
            raise
        log.info("%s", error)
    with (directory.path / CURVE_FILE).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["learning_rate", "loss"])
        writer.writerows(test.curve)


def _measure(directory: RunDirectory, config: dict[str, Any], rows: int) -> None:
    from doppel.logger.kept import KeptLogger

    kept = KeptLogger()
    config = {**config, "batches": {**config["batches"], "batch_size": rows}}
    config["trainer"] = {**config["trainer"], "accumulate_grad_batches": 1}
    there = _fit(directory, config, [], [kept], MEASURED_STEPS, longest=rows * MEASURED_STEPS)
    steps = [row for row in kept.rows if "train/tokens_per_second" in row]
    write_json(
        measured_file(directory.path, rows),
        {
            "rows": min(rows, there),
            "tokens_per_second": max(row["train/tokens_per_second"] for row in steps[1:] or steps),
            "peak_memory_mib": steps[-1]["train/peak_memory_mib"],
        },
    )


def _fit(
    directory: RunDirectory,
    config: dict[str, Any],
    callbacks: list[Any],
    loggers: list[Any],
    steps: int,
    *,
    longest: int | None,
) -> int:
    """Trains so many steps and keeps nothing, on all samples or on the longest; how many rows there were."""
    from doppel.commands.feed import loaders_of, tokenise
    from doppel.commands.learner import Learner
    from doppel.commands.name_tokens import with_names
    from doppel.training import noise

    noise.silence()
    learner = Learner(with_names(config, directory.data_file("train")))
    samples = {"train": read_samples(directory.data_file("train")), "validation": []}
    tokens = tokenise(directory, {**config, "first_samples": 0}, learner, samples)["train"]
    if longest is not None:
        tokens = sorted(tokens, key=lambda sample: len(sample.ids) + len(sample.source_ids), reverse=True)[:longest]
    trainer = build(
        {**config["trainer"], "max_steps": steps, "max_epochs": -1, "log_every_n_steps": 1, "limit_val_batches": 0},
        strategy=build({**config["strategy"], "devices": 1}),
        precision=build(config["precision"]).trainer,
        callbacks=callbacks,
        logger=loggers,
        enable_checkpointing=False,
        enable_progress_bar=False,
        default_root_dir=directory.path,
    )
    loader = loaders_of(config, trainer, learner, {"train": tokens})["train"]
    optimizer, schedule = build(config["optimizer"]), build(config["schedule"])
    module = build(config["training"], learner.build_model, optimizer, schedule, learner.architecture, loader.num_steps)
    trainer.fit(module, loader)
    return len(tokens)

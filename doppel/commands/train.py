"""doppel train: compose once, check, freeze a run directory, then learn in processes that read only that directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.data import prepared_samples
from doppel.commands.frozen import ROOT
from doppel.commands.outcome import conclude
from doppel.commands.prepare import announce, freeze
from doppel.commands.resume import resume
from doppel.commands.show import console
from doppel.commands.sweep import run_trial
from doppel.config.machine import fastest_precision
from doppel.config.overrides import opt_in_words
from doppel.run.directory import RunDirectory, take
from doppel.run.processes import launch


def run(arguments: list[str]) -> int:
    """The exit status of `doppel train <arguments>`."""
    resumed = [word.removeprefix("resume=") for word in arguments if word.startswith("resume=")]
    if resumed and resumed[-1] not in ("", "null"):
        return resume(resumed[-1], [word for word in arguments if not word.startswith("resume=")])
    return run_composed("train", ROOT, arguments, train, run_trial)


def train(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 when the run has finished; its directory says what came out."""
    parent = Path(config["outputs"]).expanduser().resolve() / "train"
    return start(config, overrides, opted_in, parent, None)[1]


def start(
    config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...], parent: Path, name: str | None
) -> tuple[RunDirectory, int]:
    """The directory of a new run and its exit status."""
    config = anchored(config)
    command = ["doppel", "train", *overrides, *opt_in_words(opted_in)]
    with prepared_samples(config) as (folder, prepared):
        run_directory = take(parent, name)
        freeze(run_directory, config, overrides, command, folder, prepared)
    announce(prepared, console())
    console().print(f"run: {run_directory.path}", markup=False, soft_wrap=True)
    chosen = fastest_precision()
    is_chosen = config["precision"]["weights"] == {"bf16": "bfloat16", "fp32": "float32"}[chosen.option]
    if is_chosen and not any(word.startswith("precision=") for word in overrides):  # an experiment may say otherwise
        console().print(f"precision: {chosen.option}, as {chosen.why} (precision=... to decide yourself)", markup=False)
    if config["adapter"]["_target_"].endswith(".Full") and config["precision"]["weights"] == "bfloat16":
        console().print("note: 16-bit weights are trained themselves and lose small updates; precision=fp32 keeps them")
    with run_directory.held():
        return run_directory, work(run_directory, config, opted_in)


def anchored(config: dict[str, Any]) -> dict[str, Any]:
    """The config with a model's folder by its whole path: the run is talked to and resumed from other folders too."""
    path = config["model"].get("path")
    folder = Path(path).expanduser() if path else None
    if folder is None or not folder.is_dir():
        return config
    return {**config, "model": {**config["model"], "path": str(folder.resolve())}}


def work(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """The exit status of the run's worker processes, after its end is recorded and told."""
    processes = config["trainer"]["devices"]
    run_directory.set_status("running", pid=os.getpid())
    status = launch(["worker", str(run_directory.path), *opted_in], processes=processes)
    return conclude(run_directory, status)

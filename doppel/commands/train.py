"""doppel train: compose once, check, freeze a run directory, then learn in processes that read only that directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.continuing import inherit, refuse_other_prompts
from doppel.commands.data import prepared_samples
from doppel.commands.earlier import anchored_adapters
from doppel.commands.evaluate_after import freeze_evaluation
from doppel.commands.frozen import ROOT
from doppel.commands.outcome import conclude, is_lost, tell_restart
from doppel.commands.plan_check import plan_ahead
from doppel.commands.plan_measured import write_plan
from doppel.commands.prepare import announce, freeze
from doppel.commands.reminding import anchored_facts
from doppel.commands.resume import go_on, resume
from doppel.commands.show import console
from doppel.commands.smaller_batches import with_smaller_batches
from doppel.commands.sweep import run_trial
from doppel.commands.taking_up import like, newest_unfinished
from doppel.commands.together import Crew, together
from doppel.config.machine import fastest_precision
from doppel.config.overrides import opt_in_words
from doppel.config.place import placed, restarts
from doppel.errors import ConfigError, DoppelError
from doppel.run.directory import RunDirectory, take

RESUME = "resume="


def run(arguments: list[str]) -> int:
    """The exit status of `doppel train <arguments>`. What torchrun or SLURM starts again goes on by itself."""
    typed = [word.removeprefix(RESUME) for word in arguments if word.startswith(RESUME)]
    asked = typed[-1] if typed else "auto" * bool(restarts())
    words = [word for word in arguments if not word.startswith(RESUME)]
    try:
        if placed() is not None and {"-m", "--multirun"} & set(words):
            raise ConfigError("a sweep starts the processes of its trials itself: start it without torchrun or srun")
        if asked not in ("", "null", "auto"):
            return resume(asked, words)
        task = take_up if asked == "auto" else train
        return run_composed("train", ROOT, words if asked == "auto" else arguments, task, run_trial)
    except DoppelError:
        place = placed()
        if place is not None and place.rank:  # every process finds the same fault: rank 0 tells it
            return 2
        raise


def train(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 when the run has finished; its directory says what came out.

    What torchrun starts again after a lost worker, by the same --rdzv-id, goes on.
    """

    def lead(crew: Crew) -> int:
        found = newest_unfinished(_folder(config), anchored(config), start=crew.name) if crew.name else None
        if found is None:
            return start(config, overrides, opted_in, _folder(config), None, crew)[1]
        return go_on(found, like(config), opted_in, crew)

    return together(_folder(config), lead)


def take_up(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """As `train`, but where a run of this config has not come to its end, that one goes on."""

    def lead(crew: Crew) -> int:
        found = newest_unfinished(_folder(config), anchored(config))
        if found is None:
            return start(config, overrides, opted_in, _folder(config), None, crew)[1]
        return go_on(found, like(config), opted_in, crew)

    return together(_folder(config), lead)


def _folder(config: dict[str, Any]) -> Path:
    return Path(config["outputs"]).expanduser().resolve() / "train"


def start(
    config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...], parent: Path, name: str | None, crew: Crew
) -> tuple[RunDirectory, int]:
    """The directory of a new run and its exit status."""
    config = anchored(config)
    refuse_other_prompts(config)
    command = ["doppel", "train", *overrides, *opt_in_words(opted_in)]
    with prepared_samples(config) as (folder, prepared):
        plan = plan_ahead(config, overrides, opted_in, folder, can_shrink=crew.is_alone)
        run_directory = take(parent, name)
        freeze(run_directory, config, overrides, command, folder, prepared)
        freeze_evaluation(run_directory, config["evaluate"])
        inherit(run_directory, config)
        if plan is not None:
            write_plan(run_directory, plan)
        if crew.name:
            run_directory.update_manifest(start=crew.name)
    announce(prepared, console())
    console().print(f"run: {run_directory.path}", markup=False, soft_wrap=True)
    chosen = fastest_precision()
    chosen_weights = {"bf16": "bfloat16", "fp32": "float32"}[chosen.option]
    is_chosen = config["precision"]["weights"] == chosen_weights and config["precision"]["quantization"] is None
    if is_chosen and not any(word.startswith("precision=") for word in overrides):  # an experiment may say otherwise
        console().print(f"precision: {chosen.option}, as {chosen.why} (precision=... to decide yourself)", markup=False)
    if config["adapter"]["_target_"].endswith((".Full", ".Freeze")) and config["precision"]["weights"] == "bfloat16":
        console().print("note: 16-bit weights are trained themselves and lose small updates; precision=fp32 keeps them")
    with run_directory.held() as lock:
        return run_directory, work(run_directory, config, opted_in, lock, crew)


def anchored(config: dict[str, Any]) -> dict[str, Any]:
    """The config with its folders by their whole paths: the run is talked to and resumed from other folders too."""
    config = anchored_facts(anchored_adapters(config))
    path = config["model"].get("path")
    folder = Path(path).expanduser() if path else None
    if folder is None or not folder.is_dir():
        return config
    return {**config, "model": {**config["model"], "path": str(folder.resolve())}}


def work(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...], lock: int, crew: Crew) -> int:
    """The exit status of the run's worker processes, after its end is recorded and told.

    A run that has lost a worker goes on from its last checkpoint, as often as `restarts` says; one that ran out of
    memory goes on with smaller micro-batches.
    """
    left = config["restarts"] if crew.is_alone else 0  # a launcher of several machines has its own way
    while True:
        run_directory.set_status("running", pid=os.getpid())
        arguments = ["worker", str(run_directory.path), *opted_in]
        ending = crew.launch(arguments, devices=config["trainer"]["devices"], lock=lock)
        smaller = None
        if crew.is_alone and ending.asked_by is None:
            smaller = with_smaller_batches(run_directory, config)
        if smaller is not None:
            config = smaller
            continue
        if not (left and is_lost(ending)):
            return conclude(run_directory, ending)
        tell_restart(run_directory, ending, left)
        left -= 1

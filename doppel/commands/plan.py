"""doppel plan: whether a run fits a GPU, how long it takes and what it costs, before a download or a rented GPU."""

from __future__ import annotations

import json
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.calibrations import calibration_of, in_words
from doppel.commands.plan_changes import ROOT, changes
from doppel.commands.plan_measured import calibrate
from doppel.commands.plan_report import OnGpu, planned_run
from doppel.commands.plan_search import not_modelled
from doppel.commands.plan_show import as_json, tell_changes, tell_gpus, tell_step
from doppel.commands.plan_sweep import plan_trial
from doppel.commands.show import console
from doppel.config.build import build, build_all
from doppel.config.nearest import nearest
from doppel.errors import ConfigError
from doppel.plan.gpu import Gpu
from doppel.plan.verdict import Machine, Place
from doppel.run.directory import open_run

STATUS = {"fits": 0, "tight": 3, "does not": 4}


def run(arguments: list[str]) -> int:
    """The exit status of `doppel plan <arguments>`."""
    return run_composed("plan", ROOT, arguments, plan, plan_trial, is_learning_here=False)


def plan(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 where the run fits the best of the GPUs, 3 where it is tight there, 4 where it does not fit.

    Raises: ConfigError, DataError, ModelError, RunError.
    """
    if config["calibrate"] is not None:
        calibrate(open_run(config["calibrate"]))
    places, told = places_of(config)
    planned = planned_run(config, places)
    asked = {one.name: places[one.name] for one in planned.outcomes if _is_asked(config["changes"], one)}
    tried = changes(config, overrides, opted_in, planned, asked) if asked else []
    missing, number = not_modelled(config, planned.steps.spread), config["largest_tensors"]
    if config["prints"] == "json":
        print(json.dumps(as_json(planned, tried, missing, number) | {"calibrated": told}, indent=2))
    else:
        screen = console()
        tell_step(screen, planned.steps, planned.step, planned.size, number)
        tell_gpus(screen, planned.outcomes, planned.steps.spread.devices, planned.epoch)
        tell_changes(screen, tried, list(asked))
        for line in told:
            screen.print(line, markup=False, soft_wrap=True)
        screen.print(f"not in the plan: {'; '.join(missing)}", markup=False, soft_wrap=True)
    return min(STATUS[one.verdict] for one in planned.outcomes)


def _is_asked(when: str, outcome: OnGpu) -> bool:
    return when == "always" or (when == "unless_fits" and outcome.verdict != "fits")


def places_of(config: dict[str, Any]) -> tuple[dict[str, Place], list[str]]:
    """The chosen GPUs by name, each with what is known of it, and a line for each that was measured.

    Raises: ConfigError, RunError.
    """
    machine: Machine = build(config["machine"])
    places, told = {}, []
    for name, gpu in _chosen(config).items():
        found = calibration_of(gpu) if config["uses_calibration"] else None
        places[name] = Place(gpu, machine if found is None else found.of(machine))
        if found is not None:
            told.append(in_words(name, found))
    return places, told


def _chosen(config: dict[str, Any]) -> dict[str, Gpu]:
    known = config["gpu"]
    names = list(known) if config["gpus"] is None else config["gpus"]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"gpus: there is no {name} in the table{nearest(name, known)}; it has {', '.join(known)}. A GPU of "
                f"your own: take the nearest and say what differs, such as gpus=[rtx_4090] gpu.rtx_4090.memory_gib=48"
            )
    if not names:
        raise ConfigError(f"gpus is empty: type gpus=[rtx_3090], or gpus=null for all of {', '.join(known)}")
    built = build_all(known)
    return {name: built[name] for name in names}

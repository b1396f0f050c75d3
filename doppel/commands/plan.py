"""doppel plan: whether a run fits a GPU, how long it takes and what it costs, before a download or a rented GPU."""

from __future__ import annotations

import json
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.plan_changes import ROOT, changes
from doppel.commands.plan_data import measured_epoch
from doppel.commands.plan_model import known_model
from doppel.commands.plan_report import OnGpu, epochs_of, on_gpu
from doppel.commands.plan_search import Steps, longest, not_modelled
from doppel.commands.plan_show import as_json, tell_changes, tell_gpus, tell_step
from doppel.commands.show import console
from doppel.config.build import build, build_all
from doppel.config.nearest import nearest
from doppel.errors import ConfigError
from doppel.plan.gpu import Gpu

STATUS = {"fits": 0, "tight": 3, "does not": 4}


def run(arguments: list[str]) -> int:
    """The exit status of `doppel plan <arguments>`."""
    return run_composed("plan", ROOT, arguments, plan, is_learning_here=False)


def plan(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 where the run fits the best of the GPUs, 3 where it is tight there, 4 where it does not fit.

    Raises: ConfigError, DataError, ModelError.
    """
    gpus = _chosen(config)
    config = {**config, "machine": build(config["machine"])}
    known = known_model(config)
    epoch = measured_epoch(config, known) if config["lengths"] == "measured" else None
    size = longest(config, known) if epoch is None else epoch.largest()
    steps = Steps(config, known)
    step = steps.whole(size)
    epochs = 1.0 if epoch is None else epochs_of(config, epoch)
    outcomes = [on_gpu(name, gpu, steps, step, size, config["machine"], epoch, epochs) for name, gpu in gpus.items()]
    asked = {one.name: gpus[one.name] for one in outcomes if _is_asked(config["changes"], one)}
    tried = changes(config, overrides, opted_in, known, size, asked) if asked else []
    missing = not_modelled(config, steps.spread)
    number = config["largest_tensors"]
    if config["prints"] == "json":
        print(json.dumps(as_json(steps, step, size, outcomes, tried, missing, epoch, number), indent=2))
    else:
        screen = console()
        tell_step(screen, steps, step, size, number)
        tell_gpus(screen, outcomes, steps.spread.devices, epoch)
        tell_changes(screen, tried, list(asked))
        screen.print(f"not in the plan: {'; '.join(missing)}", markup=False, soft_wrap=True)
    return min(STATUS[one.verdict] for one in outcomes)


def _is_asked(when: str, outcome: OnGpu) -> bool:
    return when == "always" or (when == "unless_fits" and outcome.verdict != "fits")


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

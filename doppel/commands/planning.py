"""doppel planning FOLDER: what a training that is about to begin needs of this machine's GPU, in a process of its own.

The command that trains asks for it before it takes a run's directory, and imports no torch itself.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from doppel.commands.calibrations import calibration_of
from doppel.commands.plan_changes import changes
from doppel.commands.plan_check import ANSWER_FILE, REQUEST_FILE
from doppel.commands.plan_data import epoch_of
from doppel.commands.plan_model import known_model
from doppel.commands.plan_report import Planned, epochs_of, planned_epoch
from doppel.commands.plan_search import not_modelled, overrated
from doppel.commands.prepared import sample_file
from doppel.config.build import build, build_all
from doppel.config.compose import compose
from doppel.errors import DoppelError, RunError
from doppel.plan.gpu import Gpu
from doppel.plan.verdict import Machine, Place
from doppel.run.directory import write_json
from doppel.run.processes import end_with_parent

SHOWN_CHANGES = 4
UNKNOWN_RATE = 1.0  # of a GPU that is not in the table: nothing is told that follows from it


def run(arguments: list[str]) -> int:
    """0, whether there is a plan or a reason why there is none."""
    if len(arguments) != 1:
        raise RunError("doppel planning is a part of doppel train and is started by it")
    end_with_parent()
    logging.captureWarnings(capture=True)
    folder = Path(arguments[0])
    asked = json.loads((folder / REQUEST_FILE).read_text(encoding="utf-8"))
    try:
        answer = _answer(asked)
    except DoppelError as error:
        answer = {"unknown": str(error)}
    except Exception as error:  # a plan that fails keeps nobody from training
        answer = {
            "unknown": f"the plan failed, {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        }
    write_json(folder / ANSWER_FILE, answer)
    return 0


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    composed = compose("plan", [])[0]
    config = {**composed, **asked["config"], "lengths": "measured"}
    name, place, is_known = place_here(build_all(composed["gpu"]), build(composed["machine"]), asked["gpu"])
    known = known_model(config)
    epoch = epoch_of(config, known, sample_file(Path(asked["samples"]), "train"))
    planned = planned_epoch(config, known, {name: place}, epoch)
    (outcome,) = planned.outcomes
    answer = {
        "gpu": asked["gpu"]["name"],
        "in_table": name if is_known else None,
        "devices": planned.steps.spread.devices,
        "verdict": outcome.verdict,
        "room": outcome.room,
        "free_bytes": int(asked["gpu"]["free_gib"] * 2**30),
        "allocated": planned.step.allocated,
        "reserved": planned.step.reserved,
        "largest_batch_size": outcome.largest_rows,
        "step_seconds": outcome.step_seconds if is_known else None,
        "run_seconds": outcome.run_seconds if is_known else None,
        "speed": _speed(config, planned, place.machine) if is_known else None,
        "overrated": overrated(config),
        "not_modelled": not_modelled(config, planned.steps.spread),
        "changes": [],
    }
    if outcome.verdict == "does not":
        tried = changes(config, asked["overrides"], tuple(asked["opted_in"]), planned, {name: place})
        fitting = [one for one in tried if one.verdicts[name] == "fits" and _is_here(one.words, asked["devices"])]
        answer["changes"] = [list(one.words) for one in fitting[:SHOWN_CHANGES]]
    return answer


def place_here(table: dict[str, Gpu], machine: Machine, here: dict[str, Any]) -> tuple[str, Place, bool]:
    """What is known of a GPU of this machine, under its name in the table, and whether it is there.

    It has what is free of it now, as what other programs have taken is not to be had.
    """
    found = next(((name, gpu) for name, gpu in table.items() if gpu.is_named(here["name"])), None)
    if found is None:
        gpu = Gpu(
            title=here["name"],
            known_as=here["name"],
            capability=here["capability"],
            memory_gib=here["free_gib"],
            bandwidth_gb=UNKNOWN_RATE,
            teraflops_16=UNKNOWN_RATE,
            teraflops_32=UNKNOWN_RATE,
            link_gb=UNKNOWN_RATE,
            price=0.0,
        )
        return "here", Place(gpu, machine), False
    name, gpu = found
    kept = calibration_of(gpu)
    own = replace(gpu, memory_gib=min(gpu.memory_gib, here["free_gib"]))
    return name, Place(own, machine if kept is None else kept.of(machine)), True


def _speed(config: dict[str, Any], planned: Planned, machine: Machine) -> dict[str, float]:
    """Positions a second over all devices: the least, the most, and in the middle."""
    epoch, seconds = planned.epoch, planned.outcomes[0].run_seconds
    assert epoch is not None
    assert seconds is not None
    positions = epoch.tokens * planned.steps.spread.devices * epochs_of(config, epoch)
    most = positions / seconds[0]
    return {
        "least": positions / seconds[1],
        "most": most,
        "middle": most / machine.faster,
        "efficiency": machine.efficiency,
    }


def _is_here(words: tuple[str, ...], devices: int) -> bool:
    """Whether a change asks for no more devices than there are."""
    asked = [int(word.partition("=")[2]) for word in words if word.startswith("trainer.devices=")]
    return all(number <= devices for number in asked)

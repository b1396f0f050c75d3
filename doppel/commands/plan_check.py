"""doppel train on a GPU asks first whether the run fits it: the same plan as `doppel plan`, of the GPU that is here."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doppel.cache.scratch import scratch
from doppel.commands.show import console
from doppel.commands.smaller_batches import halved
from doppel.config.machine import GpuHere, gpus_here
from doppel.errors import ConfigError
from doppel.run.directory import write_json
from doppel.run.processes import launch

REQUEST_FILE, ANSWER_FILE = "request.json", "answer.json"
GIB, MINUTE, HOUR = 2**30, 60, 3600
VERDICTS = {"fits": "it fits", "tight": "it is tight", "does not": "it does not fit"}
NO_GPU = {"CUDA_VISIBLE_DEVICES": ""}  # a plan computes nothing there, and takes none of its memory
ANYWAY = "plan_check=warn begins all the same, plan_check=off does not look"


def plan_ahead(
    config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...], samples: Path, *, can_shrink: bool
) -> dict[str, Any] | None:
    """The plan of a run that is about to learn from the samples in a folder, told; None where none is made.

    `can_shrink`: whether a run that runs out of memory goes on with smaller micro-batches by itself.
    Raises: ConfigError where the run cannot fit.
    """
    here = gpus_here()
    if config["plan_check"] == "off" or config["trainer"]["accelerator"] not in ("auto", "gpu", "cuda") or not here:
        return None
    used = here[: config["trainer"]["devices"]]  # Lightning takes the first ones
    smallest = min(used, key=lambda gpu: gpu.free_gib)
    plan = _asked(config, overrides, opted_in, samples, smallest, len(here))
    if "unknown" in plan:
        _tell(f"plan: none, and the run begins without: {plan['unknown']}")
        return None
    _tell(_in_words(plan))
    if plan["verdict"] == "fits":
        return plan
    words = _advice(config, plan)
    if plan["verdict"] == "tight":
        _tell(f"note: it is tight, and memory may run out: {words}")
        return plan
    why = _why_anyway(config, plan, can_shrink=can_shrink)
    if why is None:
        raise ConfigError(f"{_in_words(plan)}\nit cannot fit, and would end after its set-up: {words}\n{ANYWAY}")
    _tell(f"note: it does not fit, and begins all the same, as {why}: {words}")
    return plan


def _why_anyway(config: dict[str, Any], plan: dict[str, Any], *, can_shrink: bool) -> str | None:
    """Why a run that does not fit may begin, None where it may not."""
    if can_shrink and plan["largest_batch_size"] > 0 and halved(config) is not None:
        return "it goes on with smaller micro-batches once memory runs out"
    if plan["overrated"]:
        return f"the plan counts too much ({'; '.join(plan['overrated'])})"
    return "plan_check=warn says" if config["plan_check"] == "warn" else None


def _asked(
    config: dict[str, Any],
    overrides: list[str],
    opted_in: tuple[str, ...],
    samples: Path,
    gpu: GpuHere,
    devices: int,
) -> dict[str, Any]:
    with scratch("planning") as folder:
        request = {
            "config": config,
            "overrides": overrides,
            "opted_in": list(opted_in),
            "samples": str(samples),
            "gpu": asdict(gpu),
            "devices": devices,
        }
        write_json(folder / REQUEST_FILE, request)
        ending = launch(["planning", str(folder)], [NO_GPU])
        if ending.asked_by is not None:
            raise KeyboardInterrupt
        if ending.status:
            return {"unknown": f"its process ended with status {ending.status}"}
        return json.loads((folder / ANSWER_FILE).read_text(encoding="utf-8"))


def _in_words(plan: dict[str, Any]) -> str:
    reserved, room, allocated = (_size(plan[name]) for name in ("reserved", "room", "allocated"))
    told = (
        f"plan: {reserved} of the {room} that {plan['gpu']} has for tensors now, {allocated} of them allocated: "
        f"{VERDICTS[plan['verdict']]}"
    )
    if plan["run_seconds"] is None:
        return f"{told}; how long it takes is not known of a GPU that is not in conf/gpu/table.yaml"
    least, most = map(_time, plan["run_seconds"])
    return f"{told}; {least} to {most}"


def _size(held: float) -> str:
    return f"{held / GIB:.1f} GiB" if held >= GIB else f"{held / 2**20:.0f} MiB"


def _time(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.2g} s"
    return f"{seconds / HOUR:.1f} h" if seconds >= 2 * HOUR else f"{seconds / MINUTE:.0f} min"


def _advice(config: dict[str, Any], plan: dict[str, Any]) -> str:
    rows = config["batches"]["batch_size"]
    in_a_step = rows * config["trainer"]["accumulate_grad_batches"]
    fewer = range(1, min(plan["largest_batch_size"], rows - 1) + 1)
    divisors = [size for size in fewer if in_a_step % size == 0]
    found = [" ".join(words) for words in plan["changes"]]
    if divisors:
        size = divisors[-1]
        found.insert(0, f"batches.batch_size={size} trainer.accumulate_grad_batches={in_a_step // size}")
    found = list(dict.fromkeys(found))
    return f"type {', or '.join(found)}" if found else "doppel plan with the same words tries what would make it fit"


def _tell(line: str) -> None:
    console().print(line, markup=False, soft_wrap=True)

"""What a run has measured, beside what was foreseen of it; and what plans of that kind of GPU learn from it."""

from __future__ import annotations

import json
import statistics
from datetime import UTC, datetime
from typing import Any

from doppel.commands.calibrations import calibration_file, keep
from doppel.commands.show import console
from doppel.errors import RunError
from doppel.plan.calibration import Calibration, Foreseen, Measured, calibrated
from doppel.run.directory import RunDirectory, write_json
from doppel.run.metrics import read_metrics, values_of

PLAN_FILE = "plan.json"
SPEED = "train/padded_tokens_per_second"
GIB = 2**30


def tell_measured(run: RunDirectory) -> None:
    """Prints the peak and the speed of a finished run beside its plan, where it has one, and keeps what it teaches."""
    plan = _plan(run)
    if plan is None:
        return
    measured, why_not = _measured(run, plan)
    if measured is None:
        console().print(f"measured beside the plan: nothing, as {why_not}", markup=False, soft_wrap=True)
        return
    beside = _beside(plan, measured)
    run.update_manifest(beside_plan=beside)
    console().print(_in_words(beside), markup=False, soft_wrap=True)
    if plan["devices"] == 1 and plan["speed"] is not None:
        try:
            _keep(run, plan, measured)
        except RunError as error:  # the run is whole all the same
            console().print(f"note: {error}", markup=False, soft_wrap=True)


def calibrate(run: RunDirectory) -> None:
    """Keeps what a finished run on one GPU has measured. Raises: RunError where it has measured nothing of the kind."""
    plan = _plan(run)
    if plan is None:
        raise RunError(
            f"{run.path} has no {PLAN_FILE}: doppel train makes one on a GPU, unless plan_check=off is typed. "
            "calibrate=RUN takes such a run once it has finished"
        )
    measured, why_not = _measured(run, plan)
    if measured is None or plan["devices"] > 1 or plan["speed"] is None:
        raise RunError(
            f"{run.path} cannot calibrate a GPU: {why_not or 'it takes one GPU, of the table'}. Name a finished run "
            "on one GPU"
        )
    _keep(run, plan, measured)


def _plan(run: RunDirectory) -> dict[str, Any] | None:
    file = run.path / PLAN_FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _measured(run: RunDirectory, plan: dict[str, Any]) -> tuple[dict[str, float] | None, str]:
    """Peaks in bytes and speed in positions a second, or why there are none."""
    manifest = run.manifest()
    seen = manifest.get("memory")
    if seen is None:
        return None, "the run has not come to its end"
    if "peak_reserved" not in seen:
        return None, f"the plan is of {plan['gpu']}, and the run was on the {seen['device']}"
    if manifest.get("out_of_memory"):
        return None, "memory ran out and the run went on with smaller micro-batches than were planned"
    speeds = [speed for _, speed in values_of(read_metrics(run.metrics_file), SPEED)]
    if not speeds:
        return None, f"{SPEED} was not logged"
    beside_torch = plan["free_bytes"] - seen["free"] - seen["reserved"]
    return {
        "allocated": seen["peak_allocated"],
        "reserved": seen["peak_reserved"],
        "beside_torch": beside_torch,
        "positions_per_second": statistics.median(speeds[1:] or speeds),  # the first step also starts things
    }, ""


def _beside(plan: dict[str, Any], measured: dict[str, float]) -> dict[str, Any]:
    speed = plan["speed"]
    foreseen: dict[str, Any] = {name: plan[name] for name in ("allocated", "reserved")}
    if speed is not None:
        foreseen["positions_per_second"] = [speed["least"], speed["most"]]
    return {"gpu": plan["gpu"], "foreseen": foreseen, "measured": measured}


def _in_words(beside: dict[str, Any]) -> str:
    foreseen, measured = beside["foreseen"], beside["measured"]
    parts = [
        f"{name} {foreseen[name] / GIB:.2f} GiB foreseen, {measured[name] / GIB:.2f} measured "
        f"({measured[name] / foreseen[name] - 1:+.1%})"
        for name in ("allocated", "reserved")
    ]
    if "positions_per_second" in foreseen:
        least, most = foreseen["positions_per_second"]
        parts.append(
            f"{least:,.0f} to {most:,.0f} positions a second foreseen, {measured['positions_per_second']:,.0f} measured"
        )
    return f"measured beside the plan, at the peak: {'; '.join(parts)}"


def _keep(run: RunDirectory, plan: dict[str, Any], measured: dict[str, float]) -> None:
    speed = plan["speed"]
    made: Calibration = calibrated(
        plan["gpu"],
        Foreseen(plan["reserved"], speed["middle"], speed["efficiency"]),
        Measured(measured["reserved"], measured["beside_torch"], measured["positions_per_second"]),
        run=str(run.path),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    keep(made)
    console().print(
        f"plans of {made.gpu} are reckoned with {made.efficiency:.0%} of the data sheet's rates from now on, by this "
        f"run; kept in {calibration_file()}",
        markup=False,
        soft_wrap=True,
    )


def write_plan(run: RunDirectory, plan: dict[str, Any]) -> None:
    """Keeps what was foreseen of a run beside it. Raises: RunError."""
    write_json(run.path / PLAN_FILE, plan)

"""The evaluation at the end of a training run: composed and checked before it begins, made by its first worker."""

from __future__ import annotations

import gc
import json
import logging
from datetime import UTC, datetime
from typing import Any

import yaml

from doppel.commands.show import console
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.errors import DoppelError
from doppel.run.directory import RunDirectory, write_yaml

log = logging.getLogger("doppel")

FROZEN = "evaluate.yaml"
ROOTS = {"quick": "evaluate_quick", "full": "evaluate"}


def freeze_evaluation(run: RunDirectory, wanted: str) -> None:
    """Writes what is to be measured when training is over, where anything is. Raises: ConfigError."""
    if wanted in ROOTS:
        config, faults = compose(ROOTS[wanted], [])
        check(config, "doppel.config.roots.Evaluate", known_faults=faults)
        write_yaml(run.path / FROZEN, config)


def evaluate_after(run: RunDirectory, trained: dict[str, Any]) -> None:
    """Evaluates a run that has come to its end, where that was asked for. A fault costs no run: it is told and kept."""
    from doppel.commands.evaluate import measured
    from doppel.commands.feed import is_first  # torch comes in with it, which the process that freezes has no use for

    if not ((run.path / FROZEN).is_file() and is_first()):
        return

    gc.collect()  # the model that was trained is loaded anew, as everybody else would load it
    run.update_manifest(trained_at=datetime.now(UTC).isoformat(timespec="seconds"), not_evaluated=None)
    try:
        measured(run, trained, yaml.safe_load((run.path / FROZEN).read_text(encoding="utf-8")))
    except Exception as error:
        told = str(error)
        if not isinstance(error, DoppelError):  # a fault of doppel's own, or no memory: what was learnt is safe
            log.exception("internal error")
            told = f"internal error, {type(error).__name__}: {error} (all of it in {run.path / 'log.txt'})"
        run.update_manifest(not_evaluated=told)
        console().print(f"not evaluated: {told}", markup=False)


def found_of(run: RunDirectory, *, is_short: bool = False) -> dict[str, float]:
    """evaluation/METRIC.MEASURE -> what the result of a run got, or what of it matters most; {} if not evaluated."""
    file = run.path / "evaluation" / "evaluation.json"
    if not file.is_file():
        return {}
    content = json.loads(file.read_text(encoding="utf-8"))
    return {
        f"evaluation/{metric}.{measure['name']}": measure["values"]["result"]["value"]
        for metric, found in content["metrics"].items()
        for measure in found["measures"].values()
        if "result" in measure["values"] and not measure["of"] and (measure["is_shown"] or not is_short)
    }


def why_missing(run: RunDirectory, objective: str) -> str:
    """Why a run has no such number."""
    file = run.path / "evaluation" / "evaluation.json"
    told = run.manifest().get("not_evaluated")
    if file.is_file():
        metric = objective.removeprefix("evaluation/").partition(".")[0]
        told = json.loads(file.read_text(encoding="utf-8"))["left_out"].get(metric)
    return f"{objective} was not measured: {told or 'the run was not evaluated'}"

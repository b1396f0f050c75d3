"""doppel evaluate RUN: how much a run is like the person, better than what, at what risk."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.evidence import Evidence, evidence_of
from doppel.commands.findings import content_of, show, write
from doppel.commands.frozen import frozen_config
from doppel.commands.resume import refuse_changed_data
from doppel.commands.show import console
from doppel.commands.systems import require_result, systems_of
from doppel.config.build import build_all
from doppel.errors import ConfigError, RunError
from doppel.evaluation.nouns import Burst, Finding, Metric, too_few
from doppel.run.directory import RunDirectory, open_run

ROOT = "doppel.config.roots.Evaluate"


def run(arguments: list[str]) -> int:
    """0 when the report is written.

    Raises: ConfigError, RunError, ModelError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("evaluate", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel evaluate needs a run first: doppel evaluate outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed(
        "evaluate", ROOT, arguments[1:], lambda config, _, opted_in: evaluate(directory, config, opted_in)
    )


def evaluate(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when evaluation.json and report.html are written. Raises: ConfigError, RunError, ModelError."""
    trained = frozen_config(run_directory, opted_in)
    refuse_changed_data(run_directory)
    require_result(run_directory, trained)
    with run_directory.held():
        measured(run_directory, trained, config)
    return 0


def measured(run_directory: RunDirectory, trained: dict[str, Any], config: dict[str, Any]) -> None:
    """Writes evaluation.json and report.html of a run that nobody else works on, and prints what matters most.

    Raises: ConfigError, RunError, ModelError.
    """
    started = time.monotonic()
    metrics: dict[str, Metric] = build_all(config["evaluation"])
    asked = run_directory if config["samples_of"] is None else open_run(config["samples_of"])
    refuse_changed_data(asked)
    evidence = evidence_of(run_directory, trained, config, asked)
    console().print(evidence.told, markup=False)
    for notice in filter(None, (getattr(metric, "notice", None) for metric in metrics.values())):
        console().print(notice, markup=False, soft_wrap=True)
    left_out = _left_out(run_directory, metrics, evidence)
    logging.getLogger().addHandler(logging.NullHandler())
    answers: dict[str, dict[str, Any]] = {name: {} for name in metrics if name not in left_out}
    systems: dict[str, Sequence[Burst]] = {}  # what each says, for those who want to see it
    for system_name, system in systems_of(run_directory, trained, config, evidence):
        for name, of_metric in answers.items():
            if system.has_likelihood or not metrics[name].needs_likelihood:
                of_metric[system_name] = metrics[name].ask(evidence.material, system)
        systems[system_name] = system.replies(evidence.material.asked) if config["shows_others"] else []
    findings: dict[str, Finding] = {}
    for name, of_metric in answers.items():
        found = metrics[name].judge(evidence.material, of_metric)
        if isinstance(found, str):
            left_out[name] = found
        else:
            findings[name] = found
            if unasked := systems.keys() - of_metric.keys():
                left_out[f"{', '.join(unasked)} in {name}"] = "it answers, and holds no reply likelier than another"
    content = content_of(run_directory, config, evidence, findings, left_out, seconds=time.monotonic() - started)
    content["data"] = asked.manifest().get("data", {}).get("sha256", {})
    write(run_directory, content, evidence, systems)
    show(run_directory, content)


def _left_out(run_directory: RunDirectory, metrics: dict[str, Metric], evidence: Evidence) -> dict[str, str]:
    """The metrics that have too few replies to be asked for, with the reason. Raises: RunError where all have."""
    number = len(evidence.material.held_out)
    reasons = {name: too_few("held-out replies", number, metric.min_replies) for name, metric in metrics.items()}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    of_replies = {name: metric.min_replies for name, metric in metrics.items() if metric.min_replies}
    if of_replies.keys() <= left_out.keys() and not (evidence.material.canaries and len(metrics) > len(of_replies)):
        least = min(of_replies.values(), default=None)
        raise RunError(
            f"{run_directory.path}: nothing can be measured on its {evidence.part} samples: {evidence.persona.name} "
            f"answers {number} times in them, and no metric says anything of fewer than {least} replies. Train again "
            f"with a larger split.{evidence.part}_fraction, or take more chats"
            if metrics
            else "evaluation= names no metric: leave ~evaluation.NAME out for one of them"
        )
    return left_out

"""Whether the best trial of a sweep is ahead of the others by more than noise."""

from __future__ import annotations

from pathlib import Path

from doppel.commands.show import console
from doppel.errors import DoppelError
from doppel.run.directory import RunDirectory
from doppel.run.report import SweepReport


def tell_lead(sweep: Path, report: SweepReport) -> None:
    """Prints and draws the trials that were evaluated beside one another, with intervals; else what would tell it.

    By the objective where that is of the evaluation, or else by the likelihood of held-out replies.
    """
    trials = [trial for trial in report.trials if trial.objective is not None]
    runs = [RunDirectory(sweep / trial.run) for trial in trials]
    evaluated = [run for run in runs if (run.path / "evaluation" / "evaluation.json").is_file()]
    if len(trials) < 2:
        return
    if len(evaluated) < len(trials):
        told = "whether the best is ahead by more than noise is not known: evaluate=quick measures it in each trial"
        console().print(told, soft_wrap=True)
        return
    from doppel.commands.compare import compared

    is_of_evaluation = report.metric.startswith("evaluation/")
    metric = report.metric.rpartition(".")[2] if is_of_evaluation else "nats_per_token"
    try:
        compared(evaluated, metric, 0, sweep / "comparison")
    except DoppelError as error:
        console().print(f"the trials are not compared reply by reply: {error}", markup=False, soft_wrap=True)

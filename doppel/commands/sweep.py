"""The trials of `doppel train ... --multirun`: each a run of its own, its end recorded, the next one unharmed."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import time
import traceback
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from doppel.commands.evaluate_after import found_of, why_missing
from doppel.commands.frozen import ROOT
from doppel.commands.resume import go_on
from doppel.commands.show import console
from doppel.commands.sweep_lead import tell_lead
from doppel.commands.taking_up import can_go_on, differences, like
from doppel.commands.together import Crew
from doppel.config.check import check
from doppel.config.compose import plain
from doppel.errors import DoppelError, RunError
from doppel.run.directory import RunDirectory
from doppel.run.metrics import best_value, read_metrics, values_of
from doppel.run.report import MEMORY, trials_table, write_report
from doppel.run.report import SweepReport as Report
from doppel.run.trials import Trial, finished_trial, read_trials, write_trial


def run_trial(config: DictConfig, overrides: list[str], opted_in: tuple[str, ...], number: int) -> float | None:
    """The objective of one trial, None where it was refused or failed: its folder says why."""
    sweep = Path(HydraConfig.get().sweep.dir).expanduser().resolve()
    done = finished_trial(sweep, overrides)
    if done is not None:
        console().print(f"trial {done.number} has finished before: {' '.join(overrides)}", markup=False)
        return done.objective
    sweep.mkdir(parents=True, exist_ok=True)
    sweep.chmod(0o700)  # chats are private, and so is what names them
    folder = _folder(sweep, number, config)
    console().rule(f"trial {folder.name}")
    console().print(" ".join(overrides), markup=False)
    began = time.monotonic()
    state, objective, reason = "refused", None, None
    try:
        values = plain(config)
        check(values, ROOT, opted_in=opted_in)
        state, objective, reason = _learn(values, overrides, opted_in, folder)
    except DoppelError as error:
        reason = str(error)
        console().print(f"refused: {reason}", markup=False)
    except KeyboardInterrupt:
        state = "interrupted"  # before its workers were there
    except Exception as error:  # a fault of doppel's own costs this trial, not those that wait
        traceback.print_exc()
        state, reason = "failed", f"internal error, {type(error).__name__}: {error}"
    seconds = round(time.monotonic() - began, 1)
    trial = Trial(int(folder.name), overrides, state, objective, reason, seconds, folder.name, _measured(folder))
    write_trial(folder, trial)
    if state == "interrupted":
        _ask_for_another_start(RunDirectory(folder))
        _tell_report(sweep, config)
        again = shlex.quote(f"hydra.sweep.dir={sweep}")
        console().print(f"go on with the same command and {again}", markup=False, soft_wrap=True)
        raise KeyboardInterrupt
    return objective


def _learn(
    values: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...], folder: Path
) -> tuple[str, float | None, str | None]:
    from doppel.commands.train import start

    if folder.exists():
        run = RunDirectory(folder)
        status = go_on(run, like(values), opted_in, Crew())
    else:
        run, status = start(values, overrides, opted_in, folder.parent, folder.name, Crew())
    ending = run.status()
    if status != 0:
        return ending["state"], None, ending.get("reason", f"exit status {status}")
    objective = _objective(run, values)
    if objective is not None:
        return "finished", objective, None
    if values["objective"].startswith("evaluation/"):
        return "failed", None, why_missing(run, values["objective"])
    return "failed", None, f"{values['objective']} was never logged as a finite number"


def _objective(run: RunDirectory, values: dict[str, Any]) -> float | None:
    found = found_of(run)
    if values["objective"] in found:
        return found[values["objective"]]
    return best_value(read_metrics(run.metrics_file), values["objective"], direction=values["objective_direction"])


def _measured(folder: Path) -> dict[str, float]:
    """What is known of a trial beside its objective: its peak memory, and what its evaluation found."""
    run = RunDirectory(folder)
    if not run.metrics_file.is_file():
        return {}
    peaks = [value for _, value in values_of(read_metrics(run.metrics_file), MEMORY)]
    return ({MEMORY: max(peaks)} if peaks else {}) | found_of(run, is_short=True)


def _folder(sweep: Path, number: int, config: DictConfig) -> Path:
    """The folder of a trial: new, or one whose run can go on; what another try left is moved aside, never lost."""
    while True:
        folder = sweep / str(number)
        if not folder.exists():
            return folder
        if not _is_finished(folder):
            if _can_go_on(RunDirectory(folder), config):
                return folder
            attempt = sum(1 for _ in sweep.glob(f"{number}.attempt*")) + 1
            folder.rename(sweep / f"{number}.attempt{attempt}")
            return folder
        number += 1


def _can_go_on(run: RunDirectory, config: DictConfig) -> bool:
    from doppel.commands.train import anchored

    try:
        return can_go_on(run) and not differences(run, anchored(plain(config)))
    except DoppelError:  # no run, or no config: what is wrong with either is told where the trial begins
        return False


def _ask_for_another_start(run: RunDirectory) -> None:
    """Hands submitit's signal of pre-emption on to it once the trial's checkpoint is saved: it queues the job anew.

    submitit does not come back from that; where it has not been told to stop, nothing happens.
    """
    name = f"SIG{os.environ.get('SUBMITIT_PREEMPT_SIGNAL', 'USR2')}"
    with contextlib.suppress(RunError):
        if os.environ.get("SUBMITIT_EXECUTOR") and run.status().get("asked_by") == name:
            signal.raise_signal(signal.Signals[name])


def _is_finished(folder: Path) -> bool:
    return any(trial.state == "finished" and trial.run == folder.name for trial in read_trials(folder.parent))


def _tell_report(sweep: Path, config: DictConfig) -> Report:
    report = write_report(sweep, metric=config.objective, direction=config.objective_direction)
    console().print(trials_table(report))
    for line in report.lines:
        console().print(line, markup=False, soft_wrap=True)
    return report


class SweepReport(Callback):
    """Ends every sweep with a table and a plot of its trials."""

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Prints the report; exits with status 1 where a trial failed or was refused."""
        sweep = Path(config.hydra.sweep.dir).expanduser().resolve()
        report = _tell_report(sweep, config)
        tell_lead(sweep, report)
        if report.any_failed:
            raise SystemExit(1)

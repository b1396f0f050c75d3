"""The trials of `doppel train ... --multirun`: each a run of its own, its end recorded, the next one unharmed."""

from __future__ import annotations

import shlex
import time
import traceback
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from doppel.commands.frozen import ROOT
from doppel.commands.show import console
from doppel.config.check import check
from doppel.config.compose import plain
from doppel.errors import DoppelError
from doppel.run.directory import RunDirectory
from doppel.run.metrics import best_value, read_metrics
from doppel.run.report import SweepReport as Report
from doppel.run.report import trials_table, write_report
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
    folder = _free_folder(sweep, number)
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
        state = "interrupted"
    except Exception as error:  # a fault of doppel's own costs this trial, not those that wait
        traceback.print_exc()
        state, reason = "failed", f"internal error, {type(error).__name__}: {error}"
    seconds = round(time.monotonic() - began, 1)
    write_trial(folder, Trial(int(folder.name), overrides, state, objective, reason, seconds, folder.name))
    if state == "interrupted":
        _tell_report(sweep, config)
        again = shlex.quote(f"hydra.sweep.dir={sweep}")
        console().print(f"go on with the same command and {again}", markup=False, soft_wrap=True)
        raise KeyboardInterrupt
    return objective


def _learn(
    values: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...], folder: Path
) -> tuple[str, float | None, str | None]:
    from doppel.commands.train import start

    run, status = start(values, overrides, opted_in, folder.parent, folder.name)
    ending = run.status()
    if status != 0:
        return ending["state"], None, ending.get("reason", f"exit status {status}")
    objective = _objective(run, values)
    if objective is None:
        return "failed", None, f"{values['objective']} was never logged as a finite number"
    return "finished", objective, None


def _objective(run: RunDirectory, values: dict[str, Any]) -> float | None:
    return best_value(read_metrics(run.metrics_file), values["objective"], direction=values["objective_direction"])


def _free_folder(sweep: Path, number: int) -> Path:
    """The folder of a new trial; what an unfinished try left there is moved aside, never lost."""
    while True:
        folder = sweep / str(number)
        if not folder.exists():
            return folder
        if not _is_finished(folder):
            attempt = sum(1 for _ in sweep.glob(f"{number}.attempt*")) + 1
            folder.rename(sweep / f"{number}.attempt{attempt}")
            return folder
        number += 1


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
        if _tell_report(Path(config.hydra.sweep.dir).expanduser().resolve(), config).any_failed:
            raise SystemExit(1)

"""The report of a sweep: its trials as CSV, Markdown, a picture and a table for the terminal."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError, RunError
from doppel.run.directory import write_text
from doppel.run.trial_plot import draw_trials
from doppel.run.trials import STATES, Trial, read_trials

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

MEMORY = "train/peak_memory_mib"
REASON_CHARACTERS = 80  # of a reason in a table; the CSV file and trial.json have it whole


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What came out of a sweep."""

    metric: str
    direction: str  # "minimize" or "maximize"
    trials: list[Trial]  # by number
    varied: list[str]  # the keys that differ between trials, in the order typed
    measured: list[str]  # what is known of them beside the objective
    best: Trial | None  # the earliest of equals; None when no trial finished
    counts: dict[str, int]  # state -> trials, states that occurred only
    any_failed: bool  # whether a trial has no objective, and none with the same overrides finished
    lines: list[str]  # what to print below the table


def write_report(sweep_folder: Path, *, metric: str, direction: str) -> SweepReport:
    """The report, after writing trials.csv, trials.md and trials.png into the sweep's folder.

    Raises: RunError when there are no trials or a file cannot be written, ConfigError for an unknown direction.
    """
    if direction not in ("minimize", "maximize"):
        raise ConfigError(f"direction={direction} is not known: type objective_direction=minimize or maximize.")
    trials = read_trials(sweep_folder)
    if not trials:
        raise RunError(f"{sweep_folder} holds no trials: none was started.")
    report = _report(sweep_folder, trials, metric, direction)
    write_text(sweep_folder / "trials.csv", _csv(report))
    write_text(sweep_folder / "trials.md", _markdown(report))
    values = {key: [_values(trial).get(key) for trial in trials] for key in report.varied}
    if len(finished := [trial for trial in trials if trial.objective is not None]) > 1:  # what the best has cost
        values["seconds"] = [f"{trial.seconds:g}" if trial in finished else None for trial in trials]
        if any(MEMORY in trial.measured for trial in finished):
            memory = (trial.measured.get(MEMORY) for trial in trials)
            values["peak memory, MiB"] = [None if peak is None else f"{peak:g}" for peak in memory]
    draw_trials(sweep_folder / "trials.png", trials, values, metric=metric, direction=direction, best=report.best)
    return report


def trials_table(report: SweepReport) -> Table:
    """The trials as a table for the terminal, the best one green and starred."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{len(report.trials)} trials, {_aim(report)}")
    for name in _header(report):
        # A column of numbers is no use cut; words may fold.
        table.add_column(Text(name), overflow="fold", justify="right" if name in ("number", "seconds") else "left")
    for trial in report.trials:
        style = "bold green" if trial is report.best else "" if trial.state == "finished" else "red"
        table.add_row(*map(Text, _cells(report, trial)), style=style)
    return table


def _report(sweep_folder: Path, trials: list[Trial], metric: str, direction: str) -> SweepReport:
    sign = 1 if direction == "minimize" else -1
    finished = [trial for trial in trials if trial.objective is not None]
    best = min(finished, key=lambda trial: sign * (trial.objective or 0), default=None)
    states = Counter(trial.state for trial in trials)
    counts = {state: states[state] for state in STATES if states[state]}
    mended = {tuple(sorted(trial.overrides)) for trial in finished}
    report = SweepReport(
        metric=metric,
        direction=direction,
        trials=trials,
        varied=_varied(trials),
        measured=[name for name in dict.fromkeys(key for one in trials for key in one.measured) if name != metric],
        best=best,
        counts=counts,
        any_failed=any(tuple(sorted(trial.overrides)) not in mended for trial in trials),
        lines=[", ".join(f"{count} {state}" for state, count in counts.items())],
    )
    report.lines.append(_best_line(report))
    if best is not None:
        report.lines.append(f"its run: {sweep_folder / best.run}")
    report.lines.append(f"table and picture: {sweep_folder / 'trials.md'}, trials.csv, trials.png")
    return report


def _best_line(report: SweepReport) -> str:
    if report.best is None:
        return f"no trial finished: there is no {report.metric} to compare"
    values = _values(report.best)
    typed = " ".join(f"{key}={values[key]}" for key in report.varied if key in values)
    return f"best: trial {report.best.number}, {report.metric} {report.best.objective:.6g}{typed and ': '}{typed}"


def _values(trial: Trial) -> dict[str, str]:
    """Key -> value as typed; the last one wins, as in Hydra."""
    return {key: value for key, _, value in (override.partition("=") for override in trial.overrides)}


def _varied(trials: list[Trial]) -> list[str]:
    known = [_values(trial) for trial in trials if trial.overrides]  # a killed trial may have recorded none
    keys = dict.fromkeys(key for values in known for key in values)
    return [key for key in keys if len({values.get(key) for values in known}) > 1]


def _aim(report: SweepReport) -> str:
    return f"{report.metric} ({'lower' if report.direction == 'minimize' else 'higher'} is better)"


def _header(report: SweepReport) -> list[str]:
    return ["number", *report.varied, "objective", *report.measured, "state", "reason", "seconds"]


def _cells(report: SweepReport, trial: Trial) -> list[str]:
    values = _values(trial)
    star = "* " if trial is report.best else ""
    objective = "" if trial.objective is None else f"{trial.objective:.6g}"
    reason = " ".join((trial.reason or "").split())
    short = reason if len(reason) <= REASON_CHARACTERS else reason[: REASON_CHARACTERS - 3] + "..."
    varied = [values.get(key, "") for key in report.varied]
    measured = [f"{trial.measured[name]:.6g}" if name in trial.measured else "" for name in report.measured]
    return [f"{star}{trial.number}", *varied, objective, *measured, trial.state, short, f"{trial.seconds:.1f}"]


def _csv(report: SweepReport) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*_header(report), "is_best"])
    for trial in report.trials:
        values = _values(trial)
        varied = [values.get(key, "") for key in report.varied]
        is_best = str(trial is report.best).lower()
        measured = [trial.measured.get(name) for name in report.measured]
        ending = [trial.state, trial.reason or "", trial.seconds, is_best]
        table.writerow([trial.number, *varied, trial.objective, *measured, *ending])
    return text.getvalue()


def _markdown(report: SweepReport) -> str:
    rows = [_header(report), ["---"] * len(_header(report)), *(_cells(report, trial) for trial in report.trials)]
    table = ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(
        [
            f"# {_aim(report)}",
            "",
            *table,
            "",
            *(f"- {line}" for line in report.lines[:2]),
            "",
            "![Trials](trials.png)",
            "",
        ]
    )

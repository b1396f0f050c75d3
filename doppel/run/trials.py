"""The ledger of a sweep: one `trial.json` in the folder of each trial."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import RunError
from doppel.run.directory import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

LEDGER = "trial.json"
STATES = ("finished", "failed", "refused", "interrupted")


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a sweep and how it ended."""

    number: int  # from 0; also the name of its folder
    overrides: list[str]  # the whole command line of the trial, constant overrides too
    state: str  # one of STATES
    objective: float | None  # finite for a finished trial, None for every other
    reason: str | None  # why there is no objective, in words
    seconds: float  # wall time
    run: str  # the run's folder, relative to the sweep's
    measured: dict[str, float] = field(default_factory=dict)  # what else is known of it: memory, its evaluation


def write_trial(folder: Path, trial: Trial) -> Trial:
    """The trial as written to `folder/trial.json`, which is replaced whole or not at all.

    A finished trial without a finite objective (the loss diverged, the metric was never logged) is written as failed.
    Raises: RunError when the folder cannot be written.
    """
    if trial.state == "finished" and (trial.objective is None or not math.isfinite(trial.objective)):
        seen = "it logged no objective" if trial.objective is None else f"its objective is {trial.objective}"
        trial = replace(trial, state="failed", objective=None, reason=trial.reason or seen)
    write_json(folder / LEDGER, asdict(trial))
    return trial


def read_trials(sweep_folder: Path) -> list[Trial]:
    """The trials of a sweep by number. A numbered folder without a record is a trial that was killed: interrupted.

    Raises: RunError when a record is damaged.
    """
    if not sweep_folder.is_dir():
        raise RunError(f"there is no sweep in {sweep_folder}: it is not a folder.")
    numbered = [each for each in sweep_folder.iterdir() if each.is_dir() and each.name.isdecimal()]
    return sorted((_read(each) for each in numbered), key=lambda trial: trial.number)


def finished_trial(sweep_folder: Path, overrides: Sequence[str]) -> Trial | None:
    """The finished trial with these overrides in any order, or None: a repeated sweep need not run it again."""
    if not sweep_folder.is_dir():
        return None
    wanted = sorted(overrides)
    same = (trial for trial in read_trials(sweep_folder) if sorted(trial.overrides) == wanted)
    return next((trial for trial in same if trial.state == "finished"), None)


def _read(folder: Path) -> Trial:
    path = folder / LEDGER
    if not path.exists():
        return Trial(int(folder.name), [], "interrupted", None, "it ended before it was recorded", 0.0, folder.name)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        trial = Trial(**fields)
        is_sound = trial.state in STATES and (trial.objective is None) == (trial.state != "finished")
        if not is_sound or not math.isfinite(trial.objective or 0):
            raise ValueError(f"state {trial.state!r} with objective {trial.objective!r}")
    except (OSError, ValueError, TypeError) as fault:
        raise RunError(f"{path} is damaged: {fault}.\nRemove {folder} and the sweep runs that trial again.") from fault
    return trial

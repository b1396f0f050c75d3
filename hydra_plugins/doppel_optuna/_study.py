"""The study: what has been tried, kept in the sweep's folder, and what to try next."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage
from optuna.trial import TrialState

from hydra_plugins.doppel_optuna._errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.samplers import BaseSampler
    from optuna.trial import Trial

    from hydra_plugins.doppel_optuna._space import Overrides, Space

REDRAWS = 20  # proposals of what was tried already before the first untried combination is taken instead


class Search:
    """Proposals, and a persistent study of the trials that ended.

    A trial enters the persistent study when it has ended, so a killed sweep leaves nothing half-done there. What is
    drawn depends on the seed and on the trials that ended before, not on the process: a sweep that was interrupted
    and started again tries what the uninterrupted one would have tried.
    """

    def __init__(self, study: optuna.Study, space: Space, *, sampler: str, seed: int | None) -> None:
        self.study = study
        self.space = space
        self.sampler = sampler
        self.seed = seed
        self.drawn = optuna.create_study(direction=study.direction)  # in memory: the batch under way

    def ended(self) -> int:
        """Trials of the study that finished or failed."""
        return len(self._known())

    def next_number(self) -> int:
        """The job number after the last trial that ended: a trial that was killed gets its number again."""
        return 1 + max((each.user_attrs["run"] for each in self._known() if "run" in each.user_attrs), default=-1)

    def propose(self, count: int) -> list[Trial]:
        """Up to `count` trials with overrides that no trial had before; fewer when the space is used up."""
        known = self._known()
        tried = {self.space.overrides(each.params) for each in known}
        self.drawn = optuna.create_study(direction=self.study.direction)
        self.drawn.add_trials(known)
        proposals = []
        for place in range(len(known), len(known) + count):
            trial = self._draw(place, tried)
            if trial is None:
                break
            tried.add(self.space.overrides(trial.params))
            proposals.append(trial)
        return proposals

    def record(self, trial: Trial, objective: Any, *, run: int) -> None:
        """Keeps a proposal's end; whatever is not a finite number is a failure."""
        trial.set_user_attr("run", run)
        if isinstance(objective, int | float) and math.isfinite(objective):
            self.study.add_trial(self.drawn.tell(trial, float(objective)))
        else:
            self.study.add_trial(self.drawn.tell(trial, state=TrialState.FAIL))

    def _known(self) -> list[optuna.trial.FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL))

    def _draw(self, place: int, tried: set[Overrides]) -> Trial | None:
        self.drawn.sampler = _sampler(self.sampler, self.seed, place)
        for _ in range(REDRAWS):
            trial = self.drawn.ask(self.space.distributions)
            if self.space.overrides(trial.params) not in tried:
                return trial
            self.drawn.tell(trial, state=TrialState.FAIL)
        untried = next((each for each in self.space.combinations() if self.space.overrides(each) not in tried), None)
        if untried is None:
            return None
        self.drawn.enqueue_trial(untried)
        return self.drawn.ask(self.space.distributions)


def _sampler(name: str, seed: int | None, place: int) -> BaseSampler:
    mixed = None if seed is None else int(np.random.SeedSequence([seed, place]).generate_state(1)[0])
    return {"tpe": optuna.samplers.TPESampler, "random": optuna.samplers.RandomSampler}[name](seed=mixed)


def open_study(storage: str, name: str, *, direction: str, typed: Sequence[str]) -> optuna.Study:
    """The study of that name, new or continued; `storage` is a database URL or a journal file.

    Raises: SweepError when it was begun with another direction or with other overrides.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=storage if "://" in storage else _journal(Path(storage).absolute()),
        study_name=name,
        direction=direction,  # pyright: ignore[reportArgumentType]  # checked by the sweeper
        load_if_exists=True,
    )
    begun = study.user_attrs.get("overrides")
    if begun is None:
        study.set_user_attr("overrides", sorted(typed))
    elif begun != sorted(typed):
        raise SweepError(
            f"the study {name!r} in {storage} was begun with other overrides:\n"
            f"  then: {' '.join(begun)}\n  now:  {' '.join(sorted(typed))}\n"
            "Its trials cannot be compared with new ones: type the same overrides, or another hydra.sweep.dir=."
        )
    begun_direction = study.direction.name.lower()
    if begun_direction != direction:
        raise SweepError(
            f"the study {name!r} in {storage} was begun with direction={begun_direction}, not {direction}:\n"
            f"type hydra.sweeper.direction={begun_direction}, or another hydra.sweep.dir=."
        )
    return study


def _journal(path: Path) -> JournalStorage:
    """A journal file: unlike SQLite it is safe on the network file systems of clusters."""
    if path.exists():
        lines = path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):  # a full disk cut the last line, and Optuna would refuse the file
            with path.open("r+b") as journal:
                journal.truncate(sum(map(len, lines[:-1])))
    # The other lock is a symbolic link, which not every file system has.
    return JournalStorage(JournalFileBackend(str(path), lock_obj=JournalFileOpenLock(str(path))))

"""The sweeper that Hydra finds. Hydra imports this module on every start, so Optuna is only imported by a sweep."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.errors import HydraException
from hydra.plugins.sweeper import Sweeper
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from doppel.run.trials import Trial, write_trial
from hydra_plugins.doppel_optuna._errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import optuna
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from doppel.types import NonNegativeInt, PositiveInt
    from hydra_plugins.doppel_optuna._study import Search

log = logging.getLogger(__name__)


class OptunaSweeper(Sweeper):
    """Trials drawn by Optuna from the sweep overrides; a trial without an objective has failed and the rest go on.

    TPE: Bergstra et al., Algorithms for Hyper-Parameter Optimization, NIPS 2011.
    """

    def __init__(
        self,
        *,
        n_trials: PositiveInt,
        direction: Literal["minimize", "maximize"],
        sampler: Literal["tpe", "random"],
        seed: NonNegativeInt | None,
        n_jobs: PositiveInt,
        study_name: str,
        storage: str | None,
        params: Mapping[str, str],
    ) -> None:
        self.n_trials = n_trials
        self.direction = direction
        self.sampler = sampler
        self.seed = seed
        self.n_jobs = n_jobs
        self.study_name = study_name
        self.storage = storage
        self.params = params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Raises: SweepError with every fault of `hydra.sweeper`. (In `__init__` Hydra would bury its text.)"""
        faults = [*self._wrong_words(), *self._wrong_numbers()]
        if faults:
            raise SweepError("\n".join(faults))
        self._loader = hydra_context.config_loader
        self._config = config
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[JobReturn]:
        """What the launched trials returned, in the order launched; trials of an earlier start are not run again."""
        sweep_folder = Path(self._config.hydra.sweep.dir).absolute()
        sweep_folder.mkdir(parents=True, exist_ok=True)
        search = self._search([f"{key}={value}" for key, value in self.params.items()] + arguments, sweep_folder)
        OmegaConf.save(self._config, sweep_folder / "multirun.yaml")
        ended = search.ended()
        if ended:
            log.info("continuing after %d of %d trials", ended, self.n_trials)
        returns: list[JobReturn] = []
        while (wanted := self.n_trials - search.ended()) > 0:
            proposals = search.propose(min(self.n_jobs, wanted))
            if not proposals:
                log.warning("every combination has been tried: %d trials, not %d", search.ended(), self.n_trials)
                break
            runnable = [trial for trial in proposals if not self._refused(search, trial, sweep_folder)]
            if runnable:
                returns += self._launch(search, runnable)
        return returns

    def _search(self, typed: list[str], sweep_folder: Path) -> Search:
        from hydra_plugins.doppel_optuna._space import Space
        from hydra_plugins.doppel_optuna._study import Search, open_study

        parser = OverridesParser.create(config_loader=self._loader)
        space = Space(parser.parse_overrides(typed))
        storage = self.storage or str(sweep_folder / "study.journal")
        study = open_study(storage, self.study_name, direction=self.direction, typed=typed)
        return Search(study, space, sampler=self.sampler, seed=self.seed)

    def _refused(self, search: Search, trial: optuna.Trial, sweep_folder: Path) -> bool:
        """Whether the trial's config cannot be composed (an option that is not there); it is recorded as refused."""
        overrides = search.space.overrides(trial.params)
        try:
            self._loader.load_sweep_config(self._config, list(overrides))
        except (HydraException, OmegaConfBaseException) as fault:
            taken = {each.name for each in sweep_folder.iterdir()}
            number = next(each for each in itertools.count(search.next_number()) if str(each) not in taken)
            log.warning("trial %d is refused: %s", number, fault)
            refusal = Trial(number, list(overrides), "refused", None, str(fault), 0.0, str(number))
            write_trial(sweep_folder / str(number), refusal)
            search.record(trial, None, run=number)
            return True
        return False

    def _launch(self, search: Search, trials: list[optuna.Trial]) -> list[JobReturn]:
        first = search.next_number()
        batch = [search.space.overrides(trial.params) for trial in trials]
        returns = list(self._launcher.launch(batch, initial_job_idx=first))
        for number, (trial, returned) in enumerate(zip(trials, returns, strict=True), first):
            objective = returned.return_value if returned.status is JobStatus.COMPLETED else None
            search.record(trial, objective, run=number)
        return returns

    def _wrong_words(self) -> list[str]:
        faults = []
        if self.sampler not in ("tpe", "random"):
            faults.append(
                f"hydra.sweeper.sampler={self.sampler} is not known: type hydra.sweeper.sampler=tpe or random;"
                " for a grid of every combination leave hydra/sweeper=optuna out."
            )
        if self.direction not in ("minimize", "maximize"):
            faults.append(
                f"hydra.sweeper.direction={self.direction} is not known: type objective_direction=minimize or maximize."
            )
        return faults

    def _wrong_numbers(self) -> list[str]:
        numbers: dict[str, tuple[Any, int]] = {"n_trials": (self.n_trials, 1), "n_jobs": (self.n_jobs, 1)}
        if self.seed is not None:
            numbers["seed"] = (self.seed, 0)
        return [
            f"hydra.sweeper.{key}={value} is not a whole number of at least {least}: type hydra.sweeper.{key}={least}."
            for key, (value, least) in numbers.items()
            if not isinstance(value, int) or isinstance(value, bool) or value < least
        ]

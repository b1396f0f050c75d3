"""From a command's words to a checked config: by one plain composition, or, for its flags, by Hydra's application."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from doppel.config.check import check
from doppel.config.compose import compose, compose_leniently, first_of_each, plain
from doppel.config.overrides import quoted
from doppel.config.targets import OPT_IN_KEY
from doppel.config.tree import project_path, register
from doppel.errors import ConfigError, DoppelError

# (config, overrides, packages opted in) -> exit status
Task = Callable[[dict[str, Any], list[str], tuple[str, ...]], int]
# (config, overrides, packages opted in, number) -> objective, None for a trial without one
Trial = Callable[[DictConfig, list[str], tuple[str, ...], int], float | None]


def run_composed(command: str, root: str, arguments: list[str], task: Task, trial: Trial | None = None) -> int:
    """The exit status of a command: its task on the composed and checked config, its trial for each point of a sweep.

    Raises: ConfigError that lists every fault.
    """
    overrides, opted_in = without_opt_in([word for word in arguments if not word.startswith("-")])
    flags = [word for word in arguments if word.startswith("-")]
    if not flags:
        config, faults = compose(command, overrides)
        check(config, root, opted_in=opted_in, known_faults=faults)
        return task(config, overrides, opted_in)
    if "--multirun" in flags or "-m" in flags:
        if trial is None:
            raise ConfigError(f"doppel {command} does not sweep: leave --multirun out")
        return _sweep(command, arguments, overrides, opted_in, trial)
    return _with_hydra_flags(command, root, arguments, task)


def _with_hydra_flags(command: str, root: str, arguments: list[str], task: Task) -> int:
    """--help, --cfg, --info, --config-dir and the like are Hydra's; what runs under them is the same task."""
    outcome: list[int | DoppelError] = []

    def composed(config: DictConfig) -> None:
        try:
            values = plain(config)
            check(values, root)
            outcome.append(task(values, list(HydraConfig.get().overrides.task), ()))
        except DoppelError as error:
            outcome.append(error)

    call_hydra(command, arguments, composed)
    for result in outcome:
        if isinstance(result, DoppelError):
            raise result
        return result
    return 0


def _sweep(command: str, arguments: list[str], overrides: list[str], opted_in: tuple[str, ...], trial: Trial) -> int:
    # Keys are looked at once before the first trial, so that a misspelt one costs no sweep.
    faults = compose_leniently(command, first_of_each(overrides))[1]
    if faults:
        raise ConfigError("\n".join(faults))

    def composed(config: DictConfig) -> float | None:
        job = HydraConfig.get()
        return trial(config, list(job.overrides.task), opted_in, int(job.job.num))

    flags = [word for word in arguments if word.startswith("-")]
    call_hydra(command, [*quoted(overrides, is_sweep=True), *flags], composed)
    return 0


def call_hydra(command: str, arguments: list[str], task: Callable[[DictConfig], float | None]) -> None:
    """Hands the words of a command to Hydra's application."""
    register()
    sys.argv = [f"doppel {command}", *arguments]
    hydra.main(version_base="1.3", config_path=str(project_path("conf")), config_name=command)(task)()


def without_opt_in(overrides: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The overrides without `+allow_targets=[..]`, and the packages it names: never part of a config."""
    mark = f"+{OPT_IN_KEY}="
    named = [word.removeprefix(mark).strip("[]") for word in overrides if word.startswith(mark)]
    packages = tuple(name.strip() for names in named for name in names.split(",") if name.strip())
    return [word for word in overrides if not word.startswith(mark)], packages

"""From a command's words to a checked config: by one plain composition, or, for its flags, by Hydra's application."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from doppel.config.check import check
from doppel.config.compose import compose, compose_leniently, faults_of_sweep, first_lines, foreign_targets, plain
from doppel.config.overrides import quoted, without_dashes, without_opt_in
from doppel.config.tree import project_path, register
from doppel.errors import ConfigError, DoppelError

# (config, overrides, packages opted in) -> exit status
Task = Callable[[dict[str, Any], list[str], tuple[str, ...]], int]
# (config, overrides, packages opted in, number) -> objective, None for a trial without one
RUN_WORDS = ("hydra.run.", "hydra.output_subdir=", "hydra.job.chdir=")  # of a directory that doppel makes itself
MAKES_NO_RUN = ("talk", "serve", "bot", "web", "feedback", "forget", "arena", "gguf", "push")
SWEEP_WORDS = ("hydra/sweeper=", "hydra.sweeper.", "hydra/launcher=", "hydra.launcher.", "hydra.sweep.")
Trial = Callable[[DictConfig, list[str], tuple[str, ...], int], float | None]


def paths_and_words(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The paths that stand first, and from the first override or flag on the rest."""
    number = next((at for at, word in enumerate(arguments) if "=" in word or word.startswith("-")), len(arguments))
    return arguments[:number], arguments[number:]


def run_composed(
    command: str,
    root: str,
    arguments: list[str],
    task: Task,
    trial: Trial | None = None,
    *,
    is_learning_here: bool = True,
) -> int:
    """The exit status of a command: its task on the composed and checked config, its trial for each point of a sweep.

    Unless it is learning here, what this machine alone cannot do is no fault.
    Raises: ConfigError that lists every fault.
    """
    words, opted_in = without_opt_in(without_dashes(arguments, _flags()))
    _refuse_run_words(command, words)
    if not any(word.startswith("-") for word in words):
        config, faults = compose(command, words)
        faults += [f"`{word}`: only a sweep uses it, add --multirun" for word in words if word.startswith(SWEEP_WORDS)]
        check(config, root, opted_in=opted_in, known_faults=faults, is_learning_here=is_learning_here)
        return task(config, words, opted_in)
    # Hydra's own parser tells the flags, and the values they take, from the overrides.
    asked = get_args_parser().parse_intermixed_args(words)
    overrides = list(asked.overrides)
    flags = [word for word in words if word not in overrides]
    if asked.multirun and trial is None:
        raise ConfigError(f"doppel {command} does not sweep: leave --multirun out")
    if asked.multirun and trial is not None:
        return _sweep(command, flags, overrides, opted_in, trial)

    def checked(values: dict[str, Any]) -> None:
        check(values, root, opted_in=opted_in, is_learning_here=is_learning_here)

    words = [*quoted(overrides, is_sweep=False), *flags]
    return _with_hydra_flags(command, checked, asked, words, task, opted_in)


def _flags() -> list[str]:
    return list(get_args_parser()._option_string_actions)


def _refuse_run_words(command: str, words: list[str]) -> None:
    refused = [word for word in words if word.lstrip("+~").startswith(RUN_WORDS)]
    if refused:
        raise ConfigError(
            f"`{refused[0]}` would have no effect: doppel makes the directories of its runs itself. "
            f"{'Leave it out' if command in MAKES_NO_RUN else 'To have them elsewhere type outputs=FOLDER'}"
        )


def _with_hydra_flags(
    command: str,
    checked: Callable[[dict[str, Any]], None],
    asked: argparse.Namespace,
    words: list[str],
    task: Task,
    opted_in: tuple[str, ...],
) -> int:
    """--help, --cfg, --info, --config-dir and the like are Hydra's; what runs under them is the same task."""
    outcome: list[int | DoppelError] = []
    if not (asked.config_dir or asked.config_path or asked.config_name):  # they bring keys that are not known here
        overrides = quoted(asked.overrides, is_sweep=False)
        faults = compose_leniently(command, overrides)[1] or foreign_targets(command, overrides, opted_in)
        if faults:
            raise ConfigError("\n".join(faults))

    def composed(config: DictConfig) -> None:
        try:
            values = plain(config)
            checked(values)
            outcome.append(task(values, list(HydraConfig.get().overrides.task), opted_in))
        except DoppelError as error:
            outcome.append(error)

    call_hydra(command, words, composed)
    for result in outcome:
        if isinstance(result, DoppelError):
            raise result
        return result
    return 0


def _sweep(command: str, flags: list[str], overrides: list[str], opted_in: tuple[str, ...], trial: Trial) -> int:
    # Keys and options are looked at once before the first trial, so that a misspelt one costs no sweep.
    faults = faults_of_sweep(command, overrides) or foreign_targets(command, overrides, opted_in)
    if faults:
        raise ConfigError("\n".join(faults))

    def composed(config: DictConfig) -> float | None:
        job = HydraConfig.get()
        return trial(config, list(job.overrides.task), opted_in, int(job.job.num))

    call_hydra(command, [*quoted(overrides, is_sweep=True), *flags], composed)
    return 0


def call_hydra(
    command: str, arguments: list[str], task: Callable[[DictConfig], float | None], *, program: str | None = None
) -> None:
    """Hands the words of a command to Hydra's application. Raises: ConfigError for what Hydra refuses."""
    register()
    sys.argv = [program or f"doppel {command}", *arguments]
    with _hydra_raising():
        try:
            hydra.main(version_base="1.3", config_path=str(project_path("conf")), config_name=command)(task)()
        except (HydraException, OmegaConfBaseException) as error:
            raise ConfigError(first_lines(str(error))) from error


@contextmanager
def _hydra_raising() -> Iterator[None]:
    """Lets Hydra raise its errors, which it else prints with advice for its own developers."""
    name = "HYDRA_FULL_ERROR"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before

"""The config of a run that is there already, perhaps somebody else's: checked like a new one before it is used."""

from __future__ import annotations

from typing import Any

from doppel.config.check import check
from doppel.config.targets import OPT_IN_KEY
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, training_command

ROOT = "doppel.config.roots.Train"
REMOTE_CODE = "trust_remote_code"


def frozen_config(run: RunDirectory, opted_in: tuple[str, ...], *, is_learning_here: bool = False) -> dict[str, Any]:
    """The config that a training run was frozen with.

    Raises: RunError for a run of another command, ConfigError for a config that is not sound or that would run code of
    a model's author: who trained the run has trusted them, who has only been given it has not.
    """
    config = run.config()
    if "export" in config or "model" not in config:  # the one is of conf/prepare.yaml alone
        train = training_command(run) or "doppel train"
        raise RunError(f"{run.path} holds prepared data and no model: to learn from it type {train}")
    check(config, ROOT, opted_in=opted_in, is_learning_here=is_learning_here)
    if REMOTE_CODE not in opted_in and _runs_remote_code(config):
        raise ConfigError(
            f"{run.config_file} says {REMOTE_CODE}: true, which runs Python code of the model's author. If you trust "
            f"them and whoever made the run, type +{OPT_IN_KEY}=[{REMOTE_CODE}]"
        )
    return config


def _runs_remote_code(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_runs_remote_code, value))
    return isinstance(value, dict) and (bool(value.get(REMOTE_CODE)) or any(map(_runs_remote_code, value.values())))

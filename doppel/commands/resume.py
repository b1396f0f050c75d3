"""doppel train resume=RUN: goes on from the newest whole checkpoint, with the run's own frozen config and data."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from typing import Any

from hydra.core.override_parser.types import Override

from doppel.commands.frozen import ROOT, frozen_config
from doppel.commands.prepared import PARTS
from doppel.commands.show import console
from doppel.commands.spreading import SPREADING, is_of_spreading, refuse_other_steps, strategy_named, told
from doppel.commands.together import Crew, together
from doppel.config.check import check
from doppel.config.overrides import parse, quoted, without_opt_in
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run, write_yaml
from doppel.run.metrics import read_metrics
from doppel.run.samples import fingerprint

# What may change when a run goes on: how long it runs, how often it saves, how often it is taken up by itself.
CHANGEABLE = (
    "trainer.max_steps",
    "trainer.max_epochs",
    "checkpoint.every_n_steps",
    "checkpoint.every_n_minutes",
    "checkpoint.keep",
    "restarts",
)


def resume(path: str, arguments: list[str]) -> int:
    """The exit status of the run that goes on.

    Raises: RunError for data that is not what the run began with; ConfigError for an override that changes the run.
    """
    overrides, opted_in = without_opt_in(arguments)
    asked = parse(quoted(overrides, is_sweep=False))
    keys = {override.key_or_group for override in asked}

    def changed(config: dict[str, Any]) -> dict[str, Any]:
        for override in asked:
            config = _applied(config, override)
        if "strategy" in keys and "trainer.devices" not in keys:
            config = with_value(config, "trainer.devices", config["strategy"]["devices"])
        return _with_steps_deciding(config, keys)

    run = open_run(path)
    return together(run.path, lambda crew: go_on(run, changed, opted_in, crew))


def go_on(
    run: RunDirectory,
    changed: Callable[[dict[str, Any]], dict[str, Any]],
    opted_in: tuple[str, ...],
    crew: Crew,
) -> int:
    """The exit status of a run taken up from its newest whole checkpoint, with its config changed where it may be.

    Raises: RunError, ConfigError.
    """
    from doppel.commands.train import work

    with run.held() as lock:
        before = frozen_config(run, opted_in)
        config = changed(before)
        check(config, ROOT, opted_in=opted_in)
        refuse_other_steps(before, config)
        refuse_changed_data(run)
        if run.status()["state"] == "finished":
            _refuse_to_stop_earlier(run, before["trainer"], config["trainer"])
        write_yaml(run.config_file, config)
        run.update_manifest(resumed=[*run.manifest().get("resumed", []), {"arguments": sys.argv[1:]}])
        console().print(f"run: {run.path}", markup=False, soft_wrap=True)
        if note := told(before, config):
            console().print(f"note: {note}", markup=False)
        return work(run, config, opted_in, lock, crew)


def refuse_changed_data(run: RunDirectory) -> None:
    """Returns when the run's samples are, byte for byte, those it was frozen with.

    Raises: RunError naming the file that changed.
    """
    try:
        recorded = run.manifest()["data"]["sha256"]
        expected = {run.data_file(part): recorded[part] for part in PARTS}
    except (KeyError, TypeError) as error:
        raise RunError(f"{run.manifest_file} is damaged: it does not say what the samples were ({error})") from error
    for file, sha256 in expected.items():
        if not file.is_file() or fingerprint(file) != sha256:
            raise RunError(
                f"{file} is not what the run was started with: it cannot go on or be repeated from other data"
            )


def _applied(config: dict[str, Any], override: Override) -> dict[str, Any]:
    key = override.key_or_group
    if not (key in CHANGEABLE or is_of_spreading(key)) or override.is_delete() or override.is_sweep_override():
        raise ConfigError(
            f"{key} cannot change when a run goes on (it would be another run); accepted: {', '.join(CHANGEABLE)}; "
            f"and over what devices it is spread: {', '.join(SPREADING)}"
        )
    value = override.value()
    return with_value(config, key, strategy_named(value) if key == "strategy" else value)


def with_value(config: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The config with another value of one of its own keys, or of a group's."""
    group, dot, name = key.partition(".")
    return {**config, group: {**config[group], name: value} if dot else value}


def _with_steps_deciding(config: dict[str, Any], asked: set[str]) -> dict[str, Any]:
    # Whoever types max_steps alone wants that many: the epochs of the first call would end the run before.
    is_alone = "trainer.max_steps" in asked and "trainer.max_epochs" not in asked
    return with_value(config, "trainer.max_epochs", -1) if is_alone and config["trainer"]["max_steps"] != -1 else config


def _refuse_to_stop_earlier(run: RunDirectory, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Returns when a finished run is to go further than it did. Raises: RunError."""
    done = int(max((row["step"] for row in read_metrics(run.metrics_file)), default=0))
    steps, epochs = after["max_steps"], after["max_epochs"]
    has_more_steps = steps == -1 or steps > done
    is_changed = steps != before["max_steps"] or _or_endless(epochs) > _or_endless(before["max_epochs"])
    if not (has_more_steps and is_changed):
        where = shlex.quote(str(run.path))
        raise RunError(
            f"{run.path} has finished after {done} steps: to train it further, "
            f"type doppel train resume={where} trainer.max_steps={2 * done or 100} (or a larger trainer.max_epochs)"
        )


def _or_endless(epochs: int | None) -> float:
    return float("inf") if epochs in (None, -1) else float(epochs)

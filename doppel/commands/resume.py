"""doppel train resume=RUN: goes on from the newest whole checkpoint, with the run's own frozen config and data."""

from __future__ import annotations

import shlex
import sys
from typing import Any

from hydra.core.override_parser.types import Override

from doppel.commands.frozen import ROOT, frozen_config
from doppel.commands.prepared import PARTS
from doppel.commands.show import console
from doppel.config.check import check
from doppel.config.overrides import parse, quoted, without_opt_in
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run, write_yaml
from doppel.run.metrics import read_metrics
from doppel.run.samples import fingerprint

# What may change when a run goes on: how long it runs and how often it saves. All else would make it another run.
CHANGEABLE = ("trainer.max_steps", "trainer.max_epochs", "checkpoint.every_n_steps", "checkpoint.keep")


def resume(path: str, arguments: list[str]) -> int:
    """The exit status of the run that goes on.

    Raises: RunError for data that is not what the run began with; ConfigError for an override that changes the run.
    """
    from doppel.commands.train import work

    run = open_run(path)
    overrides, opted_in = without_opt_in(arguments)
    with run.held():
        before, config = frozen_config(run, opted_in), run.config()
        asked = parse(quoted(overrides, is_sweep=False))
        for override in asked:
            _apply(config, override)
        _let_steps_decide(config["trainer"], {override.key_or_group for override in asked})
        check(config, ROOT, opted_in=opted_in)
        refuse_changed_data(run)
        if run.status()["state"] == "finished":
            _refuse_to_stop_earlier(run, before["trainer"], config["trainer"])
        write_yaml(run.config_file, config)
        run.update_manifest(resumed=[*run.manifest().get("resumed", []), {"arguments": sys.argv[1:]}])
        console().print(f"run: {run.path}", markup=False, soft_wrap=True)
        return work(run, config, opted_in)


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


def _apply(config: dict[str, Any], override: Override) -> None:
    key = override.key_or_group
    if key not in CHANGEABLE or override.is_delete() or override.is_sweep_override():
        raise ConfigError(
            f"{key} cannot change when a run goes on (it would be another run); accepted: {', '.join(CHANGEABLE)}"
        )
    group, _, name = key.partition(".")
    config[group][name] = override.value()


def _let_steps_decide(trainer: dict[str, Any], asked: set[str]) -> None:
    # Whoever types max_steps alone wants that many: the epochs of the first call would end the run before.
    if "trainer.max_steps" in asked and "trainer.max_epochs" not in asked and trainer["max_steps"] != -1:
        trainer["max_epochs"] = -1


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

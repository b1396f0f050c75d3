"""doppel train resume=RUN: goes on from the newest whole checkpoint, with the run's own frozen config and data."""

from __future__ import annotations

import sys
from typing import Any

from hydra.core.override_parser.types import Override

from doppel.commands.application import without_opt_in
from doppel.commands.show import PARTS, console
from doppel.config.check import check
from doppel.config.overrides import parse, quoted
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run, write_yaml
from doppel.run.samples import fingerprint

# What may change when a run goes on: how long it runs and how often it saves. All else would make it another run.
CHANGEABLE = ("trainer.max_steps", "trainer.max_epochs", "checkpoint.every_n_steps", "checkpoint.keep")


def resume(path: str, overrides: list[str]) -> int:
    """The exit status of the run that goes on.

    Raises: RunError for data that is not what the run began with; ConfigError for an override that changes the run.
    """
    from doppel.commands.train import ROOT, work

    run = open_run(path)
    config = run.config()
    overrides, opted_in = without_opt_in(overrides)
    for override in parse(quoted(overrides, is_sweep=False)):
        _apply(config, override)
    check(config, ROOT, opted_in=opted_in)
    refuse_changed_data(run)
    if run.status()["state"] == "finished" and not overrides:
        raise RunError(
            f"{path} has finished: to train it further, type trainer.max_steps=... or trainer.max_epochs=..."
        )
    write_yaml(run.config_file, config)
    run.update_manifest(resumed=[*run.manifest().get("resumed", []), {"arguments": sys.argv[1:]}])
    run.set_status("prepared")
    console().print(f"run: {run.path}", markup=False, soft_wrap=True)
    return work(run, config, opted_in)


def refuse_changed_data(run: RunDirectory) -> None:
    """Returns when the run's samples are, byte for byte, those it was frozen with.

    Raises: RunError naming the file that changed.
    """
    recorded = run.manifest()["data"]["sha256"]
    for part in PARTS:
        file = run.data_file(part)
        if not file.is_file() or fingerprint(file) != recorded[part]:
            raise RunError(
                f"{file} is not what the run was started with: it cannot go on or be repeated from other data"
            )


def _apply(config: dict[str, Any], override: Override) -> None:
    key = override.key_or_group
    if key not in CHANGEABLE:
        raise ConfigError(
            f"{key} cannot change when a run goes on (it would be another run); accepted: {', '.join(CHANGEABLE)}"
        )
    group, _, name = key.partition(".")
    config[group][name] = override.value()

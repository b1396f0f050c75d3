"""doppel reproduce RUN: the same config on the same samples, then every logged loss compared bit for bit."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Any

from rich.table import Table

from doppel.commands.frozen import frozen_config
from doppel.commands.prepare import describe_here
from doppel.commands.resume import refuse_changed_data
from doppel.commands.show import console
from doppel.commands.together import by_itself
from doppel.commands.train import work
from doppel.config.overrides import opt_in_words, without_opt_in
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, command_line, open_run, take, write_json, write_text, write_yaml
from doppel.run.manifest import differences
from doppel.run.metrics import Difference, compare_losses, read_metrics

USAGE = "doppel reproduce takes one run directory and no overrides: doppel reproduce outputs/train/NAME"
SHOWN_DIFFERENCES = 10


def run(arguments: list[str]) -> int:
    """0 when every logged loss is equal, 1 when one is not.

    Raises: RunError where the run cannot be repeated.
    """
    arguments, opted_in = without_opt_in(arguments)
    if arguments in (["--help"], ["-h"]):
        print(USAGE)
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise ConfigError(USAGE)
    crew = by_itself("doppel reproduce")
    original = open_run(arguments[0])
    state = original.status()["state"]
    if state != "finished":
        raise RunError(
            f"{arguments[0]} has not finished (it is {state}): doppel train resume={shlex.quote(arguments[0])} first"
        )
    config = frozen_config(original, opted_in, is_learning_here=True)
    refuse_changed_data(original)
    repeated = _freeze_again(original, config, ["doppel", "reproduce", *arguments, *opt_in_words(opted_in)])
    console().print(f"run: {repeated.path}", markup=False, soft_wrap=True)
    with repeated.held() as lock:
        status = work(repeated, config, opted_in, lock, crew)
    return status or _compare(original, repeated)


def _freeze_again(original: RunDirectory, config: dict[str, Any], command: list[str]) -> RunDirectory:
    repeated = take(Path(config["outputs"]).expanduser().resolve() / "reproduce")
    write_yaml(repeated.config_file, config)
    shutil.copytree(original.path / "data", repeated.path / "data")
    write_text(repeated.path / "command.txt", command_line(command))
    manifest = original.manifest()
    kept = {key: manifest[key] for key in ("data", "personas", "relationships", "known", "is_timed") if key in manifest}
    write_json(
        repeated.manifest_file,
        describe_here() | kept | {"reproduces": str(original.path)},
    )
    repeated.set_status("prepared")
    return repeated


def _compare(original: RunDirectory, repeated: RunDirectory) -> int:
    before, after = (read_metrics(run.metrics_file) for run in (original, repeated))
    num_compared, different = compare_losses(before, after)
    changed = [*_lengthened(original), *differences(original.manifest(), repeated.manifest())]
    write_json(
        repeated.path / "comparison.json",
        {"num_compared": num_compared, "num_different": len(different), "changed": changed},
    )
    if not different:
        console().print(f"all {num_compared} logged losses are equal, bit for bit")
        return 0
    console().print(f"{len(different)} of {num_compared} logged losses differ:")
    console().print(_table(different))
    for line in changed or ["nothing is known to have changed in code, packages or machine"]:
        console().print(f"  {line}", markup=False)
    return 1


def _lengthened(original: RunDirectory) -> list[str]:
    """When the run was made longer on its way: what came before had followed a shorter schedule."""
    calls = [" ".join(call["arguments"]) for call in original.manifest().get("resumed", [])]
    return [f"the run was made longer by `doppel {call}`" for call in calls if "trainer.max_" in call]


def _table(different: list[Difference]) -> Table:
    table = Table("step", "loss", "then", "now")
    for item in different[:SHOWN_DIFFERENCES]:
        table.add_row(str(item.step), item.name, str(item.before), str(item.after))
    return table

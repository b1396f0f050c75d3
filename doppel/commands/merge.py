"""doppel merge RUN: one plain model of the base and what a run has trained beside it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.earlier import FILES
from doppel.commands.frozen import frozen_config
from doppel.commands.name_tokens import with_names
from doppel.commands.show import console
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run

ROOT = "doppel.config.roots.Merge"


def run(arguments: list[str]) -> int:
    """0 when the model is written.

    Raises: ConfigError, RunError, ModelError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("merge", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel merge needs a run first: doppel merge outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed("merge", ROOT, arguments[1:], lambda config, _, opted_in: merge(directory, config, opted_in))


def merge(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the model is written: the base as it was before any quantisation, with the adapter in its weights."""
    trained = frozen_config(run_directory, opted_in)
    folder = _mergeable(run_directory, trained)
    out = _free(run_directory, config["out"])
    precision = trained["precision"]
    dtype = config["dtype"] or precision["weights"]
    trained = {**trained, "precision": {**precision, "weights": "float32", "quantization": None}}
    logging.getLogger().addHandler(logging.NullHandler())

    import torch  # comes in here, and not before

    from doppel.adapter.merging import merged
    from doppel.commands.learner import Learner
    from doppel.commands.results import write_beside
    from doppel.model.quiet import quiet

    learner = Learner(with_names(trained, run_directory.data_file("train")))
    console().print(f"loading {trained['model']['_target_'].rpartition('.')[2]} ...", markup=False)
    model = merged(learner.load().model, folder).to(getattr(torch, dtype))
    with quiet():
        model.save_pretrained(out)
    write_beside(run_directory, trained, learner, out, "model")
    console().print(f"model, {dtype}: {out}", markup=False, soft_wrap=True)
    console().print(f"train it further: doppel train model={learner.architecture} model.path={out}", markup=False)
    return 0


def _mergeable(run_directory: RunDirectory, trained: dict[str, Any]) -> Path:
    """The folder of what was trained beside the base. Raises: RunError."""
    option = trained["adapter"]["_target_"].rpartition(".")[2]
    if option == "Full":
        raise RunError(f"{run_directory.path} has trained the whole model, which is a plain one: it is in its model/")
    if option == "Prompt":
        raise RunError(
            f"{run_directory.path} has trained vectors in front of the text and no weight: there is nothing to merge. "
            "Give the base and the folder adapter/ together"
        )
    name = "layers" if option == "Freeze" else "adapter"
    if not (run_directory.path / name / FILES[name]).is_file():
        raise RunError(
            f"{run_directory.path} has nothing to merge yet: it is {run_directory.status()['state']}. "
            f"Type doppel train resume={run_directory.path} to let it finish"
        )
    return run_directory.path / name


def _free(run_directory: RunDirectory, asked: str | None) -> Path:
    """The folder to write to, which is not there or empty. Raises: RunError."""
    out = run_directory.path / "merged" if asked is None else Path(asked).expanduser().resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is there already: type another folder, out=...")
    return out

"""doppel push RUN to=USER/NAME: a run's model on the hub, if it may be shared and its owner says so twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.show import console
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run

ROOT = "doppel.config.roots.Push"


def run(arguments: list[str]) -> int:
    """0 when it is uploaded, or shown.

    Raises: ConfigError, RunError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("push", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel push needs a run first: doppel push outputs/train/NAME to=USER/NAME")
    directory = open_run(arguments[0])
    return run_composed("push", ROOT, arguments[1:], lambda config, *_: push(directory, config))


def push(run_directory: RunDirectory, config: dict[str, Any]) -> int:
    """0 when it is uploaded, or shown."""
    from doppel.portable.hub import published
    from doppel.portable.hub import push as push_folder

    folder = run_directory.path / config["what"]
    if not folder.is_dir():
        kinds = [
            name for name in ("adapter", "layers", "model", "merged", "gguf") if (run_directory.path / name).is_dir()
        ]
        raise RunError(f"{run_directory.path} has no {config['what']}/: type what={' or what='.join(kinds) or '...'}")
    screen, files = console(), published(folder)
    listed = ", ".join(f"{file.name} ({file.stat().st_size / 1e6:.1f} MB)" for file in files)
    kind = "private" if config["is_private"] else "public"
    screen.print(f"to the {kind} repository {config['to'] or 'USER/NAME'}: {listed}", markup=False, soft_wrap=True)
    objection = objection_to(run_directory)
    screen.print(objection or "doppel evaluate has found it shareable", markup=False, soft_wrap=True)
    if config["only_shows"]:
        screen.print("nothing was uploaded: type only_shows=false to do it", markup=False)
        return 0
    if config["to"] is None:
        raise ConfigError("doppel push needs a place on the hub: type to=USER/NAME")
    if objection and not config["ignores_gate"]:
        raise RunError(f"{objection}. If it must be uploaded all the same, type ignores_gate=true")

    from huggingface_hub import HfApi

    address = push_folder(HfApi(), folder, config["to"], is_private=config["is_private"])
    screen.print(f"uploaded: {address}", markup=False, soft_wrap=True)
    return 0


def objection_to(run_directory: RunDirectory) -> str:
    """Why what the run has learnt is not to be shared; "" where its evaluation says that it may be."""
    file: Path = run_directory.path / "evaluation" / "evaluation.json"
    ask = f"type doppel evaluate {run_directory.path}"
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"nobody has measured what it gives away: {ask}"
    except (OSError, ValueError):
        return f"{file} is damaged: {ask}"
    gate = told.get("gate") if isinstance(told, dict) else None
    if not gate or told.get("kept_step") != run_directory.manifest().get("kept_step"):
        return f"its evaluation does not say whether this model may be shared: {ask}"
    return "" if gate["shareable"] is True else f"it is not to be shared: {'; '.join(map(str, gate['because']))}"

"""resume=auto: the newest unfinished run of this very config goes on; where there is none, a new one begins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from doppel.commands.resume import CHANGEABLE, with_value
from doppel.commands.show import console
from doppel.commands.smaller_batches import halved
from doppel.config.build import build
from doppel.errors import DataError, RunError
from doppel.run.directory import RunDirectory

NOT_COMPARED = ("outputs", "resume", "use_cache", "plan_check")  # they say nothing of what is learnt
SHOWN_DIFFERENCES = 3


def newest_unfinished(folder: Path, config: dict[str, Any], start: str | None = None) -> RunDirectory | None:
    """The run under `folder` that was started with this config, and under that name, and can go on.

    Where only runs of other configs can, it tells what the newest of them differs in.

    Raises: RunError where the chat data is no longer what that run was started with.
    """
    others = []
    for run in _unfinished_in(folder):
        try:
            if start is not None and run.manifest().get("start") != start:
                continue
            different = differences(run, config)
        except RunError:  # a damaged run is no reason not to begin another one
            continue
        if not different:
            _refuse_changed_source(run, config)
            return run
        others.append((run, different))
    if others:
        run, different = others[0]
        more = "" if len(different) <= SHOWN_DIFFERENCES else f" and {len(different) - SHOWN_DIFFERENCES} more"
        told = f"{'; '.join(different[:SHOWN_DIFFERENCES])}{more}"
        console().print(
            f"no unfinished run has this config, so a new one begins ({run.path.name} differs in {told})",
            markup=False,
            soft_wrap=True,
        )
    return None


def can_go_on(run: RunDirectory) -> bool:
    """Whether a run has not come to its end, nor been refused for what would refuse it again."""
    with contextlib.suppress(RunError):
        status = run.status()
        return status["state"] != "finished" and not status.get("is_final")
    return False


def like(config: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Makes a frozen config run as long, and save as often, as this one says."""

    def changed(frozen: dict[str, Any]) -> dict[str, Any]:
        for key in CHANGEABLE:
            group, _, name = key.partition(".")
            frozen = with_value(frozen, key, config[group][name] if name else config[group])
        return frozen

    return changed


def differences(run: RunDirectory, config: dict[str, Any]) -> list[str]:
    """What would make another run of it, one line for each key; nothing where the run can go on as this config says.

    Raises: RunError for a damaged run.
    """
    for _ in run.manifest().get("out_of_memory", []):  # since then it learns the same from smaller micro-batches
        config = halved(config) or config
    # As YAML gives it back: tuples and the like become what a frozen config holds.
    now, then = dict(_flat(yaml.safe_load(yaml.safe_dump(config)))), dict(_flat(run.config()))
    keys = [key for key in {**then, **now} if key not in CHANGEABLE and key not in NOT_COMPARED]
    absent = object()
    return [
        f"{key}: {then.get(key)!r} then, {now.get(key)!r} now"
        for key in keys
        if then.get(key, absent) != now.get(key, absent)
    ]


def _unfinished_in(folder: Path) -> list[RunDirectory]:
    """Newest first, by the time in their names."""
    runs = [RunDirectory(file.parent) for file in folder.glob("*/config.yaml")]
    found = [run for run in runs if run.manifest_file.is_file() and can_go_on(run)]
    return sorted(found, key=_made_at, reverse=True)


def _made_at(run: RunDirectory) -> tuple[str, int]:
    stamp, _, attempt = run.path.name[19:].partition("_")
    return run.path.name[:19] + stamp, int(attempt) if attempt.isdecimal() else 1


def _refuse_changed_source(run: RunDirectory, config: dict[str, Any]) -> None:
    try:
        now = dict(build(config["source"]).fingerprint())
    except DataError:  # the export is gone; the run has samples of its own
        return
    then = run.manifest()["data"]["inputs"]
    # By content: the names of files may hold what privacy replaces, and the manifest has them as they are shown.
    changed = [
        name for name, content in {**then, **now}.items() if content not in then.values() or content not in now.values()
    ]
    if changed:
        raise RunError(
            f"{run.path} was started with other chat data: {', '.join(changed[:SHOWN_DIFFERENCES])} differs. To go on "
            f"with the samples it has, type resume={run.path}; to learn from the data of now, leave resume=auto out"
        )


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, value

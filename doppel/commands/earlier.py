"""Adapters that were trained before, by their run or folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doppel.errors import RunError
from doppel.run.directory import open_run

FILES = {"adapter": "adapter_config.json", "layers": "layers.json", "model": "config.json"}


def adapter_folder(path: str) -> Path:
    """The folder of an adapter, trained layers or model: the one named, or that of a run, by its whole path.

    Raises: RunError where there is none.
    """
    folder = Path(path).expanduser().resolve()
    if any((folder / file).is_file() for file in FILES.values()):
        return folder
    for name, file in FILES.items():
        if (folder / name / file).is_file():
            return folder / name
    state = open_run(path).status()["state"]
    raise RunError(f"{path} has no adapter yet: it is {state}. Type doppel train resume={path} to let it finish")


def anchored_adapters(config: dict[str, Any]) -> dict[str, Any]:
    """The config with the folders of earlier adapters by their whole paths. Raises: RunError."""
    before, merged = config.get("continue_from"), config.get("merged_adapters")
    found = {} if before is None else {"continue_from": str(adapter_folder(before))}
    return config | found | ({"merged_adapters": [str(adapter_folder(path)) for path in merged]} if merged else {})

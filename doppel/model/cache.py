"""Models made here once and kept as ordinary folders, so that stock transformers and PEFT can load them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIGITS = 12  # of the hash in a folder's name


def models_folder() -> Path:
    """Where made models are kept: doppel/models in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel" / "models"


def materialised(name: str, recipe: Mapping[str, object], build: Callable[[Path], None]) -> Path:
    """A folder that `build` filled once for this recipe, now or earlier, here or in another process.

    Filled beside its place and moved there whole, so nobody reads half a model; of several processes that build at
    once, the first to finish wins. Raises: ModelError where the cache cannot be written.
    """
    digest = hashlib.sha256(json.dumps(dict(recipe), sort_keys=True).encode()).hexdigest()[:DIGITS]
    folder = models_folder() / f"{name}-{digest}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent, ignore_cleanup_errors=True) as scratch:
            half = Path(scratch) / folder.name
            half.mkdir()
            build(half)
            place(half, folder)
    except OSError as error:
        raise ModelError(
            f"{name} cannot be made in {folder.parent}: {error}. "
            "Free some space there, or name another folder for it: XDG_CACHE_HOME=/folder doppel ..."
        ) from error
    return folder


def place(half: Path, folder: Path) -> None:
    """Moves a finished folder to its place; one that is there already stays."""
    try:
        half.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(half)

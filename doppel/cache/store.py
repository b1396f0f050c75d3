"""Folders kept by what they were made of: found whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_KEPT = 20  # folders of a kind; the least lately used go first
SAFE_SECONDS = 24 * 3600  # one used so lately may be in use still
DIGITS = 32  # of the hash in a folder's name


def cache_folder() -> Path:
    """doppel's folder in the user's cache, readable by its owner only. Raises: RunError."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def key_of(facts: Mapping[str, Any]) -> str:
    """The name of what is made of these facts: plain values, the same for the same facts in any order."""
    return hashlib.sha256(json.dumps(_ordered(facts), default=str).encode()).hexdigest()[:DIGITS]


def _ordered(value: Any) -> Any:
    """Mappings as lists of pairs in order: keys may be numbers and words, as in {Ann: my boss, 7: my sister}."""
    if isinstance(value, Mapping):
        return sorted(([repr(key), _ordered(one)] for key, one in value.items()), key=lambda pair: pair[0])
    return [_ordered(one) for one in value] if isinstance(value, list | tuple) else value


def code_facts(paths: Sequence[Path], libraries: Sequence[str]) -> dict[str, str]:
    """What the code is, for a key: file -> sha256 of the files and of all below the folders, library -> version."""
    files = {
        str(file.relative_to(path.parent.parent)): hashlib.sha256(file.read_bytes()).hexdigest()
        for path in paths
        for file in sorted(path.rglob("*") if path.is_dir() else [path])
        if file.is_file() and "__pycache__" not in file.parts
    }
    return files | {library: _version(library) for library in libraries} | {"python": platform.python_version()}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # one that only some formats need
        return "absent"


class Store:
    """Finished folders of one kind, by key."""

    def __init__(self, kind: str) -> None:
        self.root = cache_folder() / kind

    def find(self, key: str) -> Path | None:
        """The finished folder of this key, None where there is none."""
        folder = self.root / key
        try:
            os.utime(folder)
        except OSError:
            return None
        return folder

    def keep(self, key: str, finished: Path) -> Path:
        """The folder's new place; one that is there already stays, and is the same.

        Moved there whole by one rename, so nobody ever reads half of it. Raises: RunError.
        """
        place = self.root / key
        try:
            self.root.mkdir(mode=0o700, exist_ok=True)
            finished.rename(place)
        except OSError as error:
            if not place.is_dir():
                raise unwritable(self.root, error) from error
            shutil.rmtree(finished)
        self._forget_oldest()
        return place

    def forget(self, key: str) -> None:
        """Removes a folder that turned out to be damaged."""
        shutil.rmtree(self.root / key, ignore_errors=True)

    def _forget_oldest(self) -> None:
        used = sorted(((folder.stat().st_mtime, folder) for folder in self.root.iterdir()), reverse=True)
        for moment, folder in used[MOST_KEPT:]:
            if moment < time.time() - SAFE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def unwritable(folder: Path, error: OSError) -> RunError:
    """The error where nothing can be kept."""
    return RunError(
        f"{folder} cannot be written: {error.strerror}. Free some space there, or name another folder: "
        "XDG_CACHE_HOME=/folder doppel ..."
    )

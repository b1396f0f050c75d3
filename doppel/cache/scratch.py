"""Folders for what is being made: gone afterwards, also where the process that made one was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from doppel.cache.store import SAFE_SECONDS, cache_folder, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["preparing", "tokens", "planning"]
# Whoever uses a folder holds the lock of this file in it, which falls with the process however it ends: process ids
# say nothing about another container, and come again.
LOCK = ".lock"
UNBORN = ".new-"  # what a folder is called until its lock is held: nothing is in it yet


@contextmanager
def scratch(kind: Kind) -> Iterator[Path]:
    """A folder that only its owner reads; it is gone afterwards. Raises: RunError where none can be had."""
    try:
        folder, lock = _made(kind)
    except OSError as error:
        raise unwritable(cache_folder(), error) from error
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def remove_abandoned() -> None:
    """Removes what killed processes have left behind: it may hold private words, unmasked."""
    for kind in get_args(Kind):
        for folder in cache_folder().glob(f"{kind}-*"):
            _remove_if_abandoned(folder)


def _made(kind: Kind) -> tuple[Path, int]:
    """The folder, and its lock, which is held until it is closed."""
    unborn = Path(tempfile.mkdtemp(prefix=f"{UNBORN}{kind}-", dir=cache_folder()))
    lock = os.open(unborn / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(OSError):  # some network disks have no locks: there nobody can tell, and all folders are left alone
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return unborn.rename(unborn.with_name(unborn.name.removeprefix(UNBORN))), lock


def _remove_if_abandoned(folder: Path) -> None:
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:  # made by a doppel that had no locks yet
        if time.time() - _last_change(folder) > SAFE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
        return
    except OSError:  # another user's
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(folder)
    except OSError:  # in use
        return
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """The lock goes last, so that what an interruption leaves can be told from what is in use."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name != LOCK:
                Path(entry.path).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _last_change(folder: Path) -> float:
    """When anything in it was last written, as a time stamp; now where that cannot be seen."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return time.time()

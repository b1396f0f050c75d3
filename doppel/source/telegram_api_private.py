"""Folders and files that their owner alone may read: a session is as good as the account, and chats are private."""

from __future__ import annotations

import os
from pathlib import Path

from doppel.errors import DataError

OTHERS = 0o077  # the rights of everyone but the owner
IS_POSIX = os.name == "posix"  # elsewhere the profile's folder is private by itself, and modes say nothing


def private_folder(path: Path, key: str) -> Path:
    """The folder, made if it is not there. Raises: DataError where others can read it, or it cannot be made."""
    folder = path.expanduser()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _check(folder, key, "700")
    except OSError as error:
        raise DataError(f"{folder} cannot be used: {error.strerror}. Name another folder: {key}=FOLDER") from error
    return folder


def private_file(path: Path, key: str) -> Path:
    """The file, made empty if it is not there: what fills it later keeps its rights. Raises: DataError as above."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
        _check(path, key, "600")
    except OSError as error:
        raise DataError(f"{path} cannot be used: {error.strerror}. Name another file: {key}=FILE") from error
    return path


def _check(path: Path, key: str, mode: str) -> None:
    if not IS_POSIX:
        return
    found = path.stat()
    if found.st_uid != os.getuid():
        raise DataError(f"{path} belongs to another user of this machine. Name another one: {key}=...")
    if found.st_mode & OTHERS:
        raise DataError(
            f"{path} can be read by others on this machine (mode {found.st_mode & 0o777:o}): refused. "
            f"Type chmod {mode} {path}, or name another one: {key}=..."
        )

"""Checkpoint files: written whole or not at all, read without running code."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import CheckpointIO

from doppel.errors import RunError

PATTERN = "step-*.ckpt"
PARTIAL_PATTERN = ".step-*.partial"

log = logging.getLogger(__name__)


def path_of(folder: Path, step: int) -> Path:
    """The file of the checkpoint after an optimizer step."""
    return folder / f"step-{step:08d}.ckpt"


def step_of(file: Path) -> int:
    """The optimizer step after which a checkpoint was made, from its name."""
    return int(file.stem.removeprefix("step-"))


def all_in(folder: Path) -> list[Path]:
    """The checkpoints of a folder, oldest step first."""
    return sorted(folder.glob(PATTERN), key=step_of)


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint of a folder, or None; damaged ones are passed over, with a warning."""
    for file in reversed(all_in(folder)):
        fault = _fault(file)
        if fault is None:
            return file
        log.warning("%s is damaged (%s): going back to the checkpoint before it", file, fault)
    return None


def read(file: Path, device: Any = "cpu") -> dict[str, Any]:
    """The content of a checkpoint, tensors and plain types only. Raises: RunError where it is missing or damaged."""
    fault = _fault(file)
    if fault is not None:
        raise RunError(f"the checkpoint {file} is damaged: {fault}. Delete it to go on from the one before")
    try:
        return torch.load(file, map_location=device, weights_only=True)
    except Exception as error:  # torch names a dozen kinds, and advises to load it with code
        raise RunError(
            f"the checkpoint {file} is not one of doppel's: it holds more than tensors and plain values, "
            "which may be code and is not loaded. Delete it to go on from the one before"
        ) from error


class WholeFiles(CheckpointIO):
    """Writes beside the place, makes sure that it is on the disk, then renames: a killed process leaves no torn file.

    Lightning's own way builds the file in memory and moves it from another folder, without making sure of the disk.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Raises: RunError where the disk refuses, e.g. because it is full."""
        assert storage_options is None
        file = Path(path)
        partial = file.with_name(f".{file.stem}.partial")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as stream:
                torch.save(checkpoint, stream)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(file)
            _sync(file.parent)
        except (OSError, RuntimeError) as error:  # torch's writer turns the disk's error into a RuntimeError
            with contextlib.suppress(OSError):
                partial.unlink()
            raise RunError(_refusal(file, error)) from error

    def load_checkpoint(self, path: Any, map_location: Any = "cpu", weights_only: bool | None = None) -> dict[str, Any]:  # noqa: FBT001
        """The content of a checkpoint, never code. Raises: RunError."""
        assert weights_only is not False
        return read(Path(path), map_location)

    def remove_checkpoint(self, path: Any) -> None:
        """Removes a checkpoint if it is there."""
        Path(path).unlink(missing_ok=True)


def _fault(file: Path) -> str | None:
    try:
        with zipfile.ZipFile(file) as archive:
            torn = archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        return str(error)
    return f"{torn} does not match its checksum" if torn else None


def _refusal(file: Path, error: BaseException) -> str:
    while error.__context__ is not None and not isinstance(error, OSError):
        error = error.__context__
    reason = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
    folder = next(parent for parent in file.parents if parent.exists())
    return (
        f"the checkpoint {file.name} could not be saved in {file.parent}: {reason}; "
        f"{shutil.disk_usage(folder).free} bytes are free there. Checkpoints saved before are intact: "
        f"make room, then type resume= with the folder of this run"
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

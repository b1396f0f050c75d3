"""An index on disk: made once for the same samples and settings, read back by every process and later talk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from doppel.errors import RunError
from doppel.memory.passages import Passage

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1  # of what is below


class Array(msgspec.Struct, frozen=True):
    """Numbers as bytes: nothing in the file can be code."""

    dtype: str
    shape: tuple[int, ...]
    numbers: bytes


class Kept(msgspec.Struct, frozen=True):
    """Passages in order of time, and what an index has made of them."""

    key: str  # of what it was made of
    passages: list[Passage]
    arrays: dict[str, Array]
    terms: list[str]
    format: int = FORMAT


def array(numbers: Any) -> Array:
    """The same as bytes."""
    return Array(numbers.dtype.str, numbers.shape, numbers.tobytes())


def numbers(kept: Array) -> Any:
    """The same as a numpy array."""
    return np.frombuffer(kept.numbers, dtype=kept.dtype).reshape(kept.shape)


def read(file: Path, key: str) -> Kept | None:
    """What was kept; None where there is nothing, or it is damaged or made of something else."""
    try:
        found = msgspec.msgpack.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return found if (found.key, found.format) == (key, FORMAT) else None


def write(file: Path, kept: Kept) -> None:
    """Writes it for its owner alone, whole or not at all. Raises: RunError."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.write_bytes(msgspec.msgpack.encode(kept))
        half.chmod(0o600)
        half.replace(file)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise RunError(f"{file} cannot be written: {error.strerror}; free some space, or type memory=none") from error

"""Samples as lines of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from doppel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from doppel.types import Sample

SAMPLE = "doppel"  # the key of the whole sample in a line: source=dialogues reads it, other trainers pass it over


def write_lines(samples: Iterable[Sample], file: Path, shape: Callable[[Sample], dict[str, Any] | None]) -> int:
    """How many samples were written, one a line, without those whose shape is None. Raises: RunError."""
    encode, number = msgspec.json.Encoder().encode, 0
    try:
        with file.open("wb", buffering=1 << 20) as lines:
            for sample in samples:
                shaped = shape(sample)
                if shaped is not None:
                    lines.write(encode(shaped) + b"\n")
                    number += 1
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error.strerror}; free some space or type outputs=...") from error
    return number

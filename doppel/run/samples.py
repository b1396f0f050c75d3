"""Samples as lines of JSON: what a run learnt from, kept with the run, and read back by its workers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from doppel.errors import RunError
from doppel.types import Sample, Turn


def write_samples(file: Path, samples: Iterable[Sample]) -> None:
    """Writes one sample a line.

    Raises: RunError on a full disk or a folder that may not be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as lines:
            for sample in samples:
                lines.write(json.dumps(asdict(sample), ensure_ascii=False, default=datetime.isoformat) + "\n")
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error.strerror}; free some space or type outputs=...") from error


def read_samples(file: Path) -> list[Sample]:
    """The samples of a file, in order.

    Raises: RunError naming the line that is damaged.
    """
    samples: list[Sample] = []
    number = 0
    try:
        for line in file.read_text(encoding="utf-8").split("\n"):
            number += 1
            if line:
                samples.append(_sample(json.loads(line)))
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{file}, line {number}, is damaged: {error}") from error
    return samples


def _sample(fields: dict[str, Any]) -> Sample:
    turns = tuple(Turn(**{**turn, "messages": tuple(turn["messages"])}) for turn in fields["turns"])
    started_at, ended_at = (datetime.fromisoformat(fields[key]) for key in ("started_at", "ended_at"))
    return Sample(**{**fields, "turns": turns, "started_at": started_at, "ended_at": ended_at})


def fingerprint(file: Path) -> str:
    """The sha256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

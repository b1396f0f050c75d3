"""Preparing as the commands do, and what came out."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from doppel.commands.data import prepared_samples
from doppel.commands.prepared import PARTS, Prepared, sample_file
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.run.samples import read_samples
from doppel.types import Funnel, Message, Sample


@dataclass(frozen=True)
class Made:
    """A preparation, read back from the files of its parts."""

    prepared: Prepared
    parts: tuple[tuple[Sample, ...], ...]
    files: dict[str, bytes]

    def by_id(self) -> dict[str, tuple[str, Sample]]:
        """sample_id -> (part, sample)."""
        found = {one.sample_id: (name, one) for name, part in zip(PARTS, self.parts, strict=True) for one in part}
        assert len(found) == sum(map(len, self.parts)), "two samples have one id"
        return found


@cache
def composed(*overrides: str) -> dict[str, Any]:
    """The config of doppel prepare. Not to be changed."""
    config, faults = compose("prepare", list(overrides))
    assert not faults, faults
    return config


def made(path: Path | str, *overrides: str, **more: Any) -> Made:
    """What becomes of an export. Raises: DataError."""
    config = copy.deepcopy(composed(*overrides)) | {"use_cache": False, **more}
    config["source"]["path"] = str(path)
    with prepared_samples(config) as (folder, prepared):
        files = {part: sample_file(folder, part).read_bytes() for part in PARTS}
        return Made(prepared, tuple(tuple(read_samples(sample_file(folder, part))) for part in PARTS), files)


def messages(path: Path | str, *overrides: str) -> list[Message]:
    """Every message that the source gives."""
    return list(build({**composed(*overrides)["source"], "path": str(path)}).messages(Funnel()))

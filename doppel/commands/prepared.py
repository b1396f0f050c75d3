"""What a preparation has made: a folder with the samples of each part, and prepared.json, which tells how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from doppel.run.directory import write_text
from doppel.run.samples import fingerprint
from doppel.types import Count, Message, People, Persona

PARTS = ("train", "validation", "test")
RECORD = "prepared.json"
SHOWN_SAMPLES = 10  # in the report


@dataclass(frozen=True, slots=True)
class Shown:
    """A sample for the report: what the chat held in its time, and which of it the sample uses."""

    sample_id: str
    before: tuple[Message, ...]  # private data replaced
    used: tuple[int, ...]  # message_ids


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the learning half needs beside the samples, and how they came about."""

    inputs: Mapping[str, str]  # input file -> sha256
    people: People
    personas: tuple[Persona, ...]
    sizes: Mapping[str, int]  # part -> samples
    sha256: Mapping[str, str]  # part -> of its file
    boundaries: tuple[datetime, ...]  # of Split
    counts: tuple[Count, ...]  # the funnel
    notes: tuple[str, ...]
    tallies: Mapping[str, Mapping[str, int]]
    examples: Mapping[str, tuple[Message, ...]]  # stage -> what it left out, private data replaced
    shown: tuple[Shown, ...]
    facts: Mapping[str, Any]  # of doppel.report.watch
    relationships: Mapping[str, str]  # speaker_id -> who that is to the persona, where the situation tells


def spread(total: int, most: int) -> list[int]:
    """At most so many places of `total`, evenly over all."""
    number = min(total, most)
    return [place * total // number for place in range(number)]


def sample_file(folder: Path, part: str) -> Path:
    """The samples of "train", "validation" or "test" in the folder of a preparation."""
    return folder / f"{part}.jsonl"


def write_record(folder: Path, prepared: Prepared) -> None:
    """Writes all but the samples. Raises: RunError."""
    write_text(folder / RECORD, msgspec.json.encode(prepared).decode())


def read_record(folder: Path) -> Prepared | None:
    """The record of a finished preparation; None where it or a file of samples is damaged, so that it is made anew."""
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=Prepared)
        is_whole = all(fingerprint(sample_file(folder, part)) == record.sha256[part] for part in PARTS)
    except (OSError, KeyError, msgspec.DecodeError, RecursionError):
        return None
    return record if is_whole else None

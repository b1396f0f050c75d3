"""Samples as lines of JSON: what a run learnt from, kept with the run, and read back by its workers."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import overload

import msgspec

from doppel.errors import RunError
from doppel.types import Sample

ENCODE = msgspec.json.Encoder().encode
DECODE = msgspec.json.Decoder(Sample).decode


class SampleFile(Sequence[Sample]):
    """The samples of a file, read when asked for: as many as the disk holds, one in memory."""

    def __init__(self, file: Path, ends: Sequence[int]) -> None:
        self.file = file
        self.ends = ends  # bytes; the first is 0, where nothing has ended yet

    @classmethod
    def written(cls, file: Path, samples: Iterable[Sample]) -> SampleFile:
        """A new file with one sample a line, whole or not at all. Raises: RunError on a full or forbidden disk."""
        ends, half = array("Q", [0]), file.with_name(f".{file.name}.half")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with half.open("wb", buffering=1 << 20) as lines:
                for sample in samples:
                    ends.append(ends[-1] + lines.write(ENCODE(sample) + b"\n"))
            half.replace(file)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise _unwritable(file, error) from error
        return cls(file, ends)

    @classmethod
    def opened(cls, file: Path) -> SampleFile:
        """A file with one sample a line, of which none is read yet. Raises: RunError."""
        ends = array("Q", [0])
        try:
            with file.open("rb", buffering=1 << 20) as lines:
                for line in lines:
                    ends.append(ends[-1] + len(line))
        except OSError as error:
            raise RunError(f"{file} cannot be read: {error.strerror}") from error
        return cls(file, ends)

    def part(self, positions: Iterable[int], file: Path) -> None:
        """Writes the samples at these positions to another file, in this order. Raises: RunError."""
        try:
            with self.file.open("rb") as source, file.open("wb", buffering=1 << 20) as target:
                for position in positions:
                    target.write(self._line(position, source.fileno()))
        except OSError as error:
            raise _unwritable(file, error) from error

    def __len__(self) -> int:
        return len(self.ends) - 1

    @overload
    def __getitem__(self, position: int) -> Sample: ...
    @overload
    def __getitem__(self, position: slice) -> list[Sample]: ...
    def __getitem__(self, position: int | slice) -> Sample | list[Sample]:
        if isinstance(position, slice):
            return [self[each] for each in range(*position.indices(len(self)))]
        with self.file.open("rb") as lines:
            return DECODE(self._line(range(len(self))[position], lines.fileno()))

    def __iter__(self) -> Iterator[Sample]:
        with self.file.open("rb", buffering=1 << 20) as lines:
            for start, end in pairwise(self.ends):
                yield DECODE(lines.read(end - start))

    def _line(self, position: int, descriptor: int) -> bytes:
        return os.pread(descriptor, self.ends[position + 1] - self.ends[position], self.ends[position])


def write_samples(file: Path, samples: Iterable[Sample]) -> None:
    """Writes one sample a line. Raises: RunError on a full disk or a folder that may not be written."""
    SampleFile.written(file, samples)


def append_samples(file: Path, samples: Iterable[Sample]) -> int:
    """How many samples were added to the end of a file. Raises: RunError on a full disk."""
    number = 0
    try:
        with file.open("ab") as lines:
            for sample in samples:
                lines.write(ENCODE(sample) + b"\n")
                number += 1
    except OSError as error:
        raise _unwritable(file, error) from error
    return number


def each_sample(file: Path) -> Iterator[Sample]:
    """The samples of a file, in order, one in memory. Raises: RunError naming the line that is damaged."""
    number = 0
    try:
        with file.open("rb") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    yield DECODE(line)
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, RecursionError) as error:  # a ValidationError is one of the first
        raise RunError(f"{file}, line {number}, is damaged: {error}") from error


def read_samples(file: Path) -> list[Sample]:
    """All samples of a file, in order. Raises: RunError naming the line that is damaged."""
    return list(each_sample(file))


def fingerprint(file: Path) -> str:
    """The sha256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _unwritable(file: Path, error: OSError) -> RunError:
    return RunError(f"{file} cannot be written: {error.strerror}; free some space or type outputs=...")

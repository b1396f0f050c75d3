"""The records of a table of text: CSV with whatever separates its fields, TSV."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from doppel.errors import DataError
from doppel.source.files import MAX_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File

SEPARATORS = ",;\t|"
QUOTE = '"'


class Lined(Protocol):
    """What csv.reader makes."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __next__(self) -> list[str]: ...


def csv_rows(file: File) -> tuple[tuple[str, ...], Iterator[tuple[int, Mapping[str, Any] | None]]]:
    """The header, and (number of the first line, fields) of each row; None once for each line of a row that does not
    fit the header. What separates the fields is what the header has most of.

    Raises: DataError for a header that names a column twice, and while reading for quotes that do not close.
    """
    # The module's limit, 131,072 characters, is shorter than what people paste into a message.
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _whole_lines(file)
    first = next(lines, "")
    reader = csv.reader(chain((first,), lines), delimiter=_separator(first), quotechar=QUOTE)
    _, header = next(_guarded(file, reader), (1, []))
    names = tuple(name.strip() for name in header)
    twice = next((name for name, count in Counter(names).items() if count > 1 and name), None)
    if twice is not None:
        first = names.index(twice) + 1
        second = names.index(twice, first) + 1  # by number: without a header, a name is what somebody wrote
        raise DataError(f"{file.label}, line 1: its columns {first} and {second} have the same name. {file.advice}")
    return names, _rows(names, _guarded(file, reader), reader)


def _rows(
    names: tuple[str, ...], numbered: Iterator[tuple[int, list[str]]], reader: Lined
) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    width = len(names)
    for number, fields in numbered:
        if len(fields) == width:
            yield number, dict(zip(names, fields, strict=True))
        elif fields:
            for line in range(number, reader.line_num + 1):
                yield line, None


def _guarded(file: File, reader: Lined) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, fields) of each row that the reader has still to give."""
    while True:
        number = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_open = "limit" in str(error)
            fault = "begins a quoted field that does not close" if is_open else f"is no CSV ({error})"
            raise DataError(f"{file.label}, line {number:,}, {fault}. {file.advice}") from error
        yield number, fields


def _whole_lines(file: File) -> Iterator[str]:
    for _, line in file.lines():
        yield f"{line}\n"


def _separator(header: str) -> str:
    """The separator that the header has most of, outside quotes."""
    bare = "".join(header.split(QUOTE)[::2])
    return max(SEPARATORS, key=bare.count)

"""The records of a file, whatever it is: lines of JSON, one JSON document, CSV, TSV or Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from doppel.errors import DataError
from doppel.source.csv_rows import csv_rows
from doppel.source.files import MAX_LINE_BYTES
from doppel.source.files import fingerprint as fingerprint_of_files
from doppel.source.json_stream import JsonStream
from doppel.source.parquet_rows import parquet_columns, parquet_rows
from doppel.source.utf16 import utf16_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.source.files import File
    from doppel.source.reading import Reading
    from doppel.types import Funnel, Message

PATTERNS = ("*.jsonl", "*.ndjson", "*.json", "*.csv", "*.tsv", "*.parquet", "*.jsonl.gz", "*.json.gz", "*.csv.gz")
PEEKED = 100  # records whose keys are taken for those of the file
HOLDERS = frozenset(("data", "rows", "dialogues", "dialogs", "examples", "items", "train"))  # of a list of records
RAGGED = "in rows with more or fewer fields than the header"
Numbered = Iterator[tuple[int, "Mapping[str, Any] | None"]]  # None: a row that does not fit its header


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of one file, or of one data set."""

    label: str  # what a user is told in errors: the file with its path
    title: str  # short, unique among what is read together: part of chat ids
    unit: str  # "line", "row" or "record"
    columns: tuple[str, ...]  # names of the fields, of the first records at least
    numbered: Numbered

    def named(self, number: int) -> str:
        """What a record is called in errors."""
        return f"{self.label}, {self.unit} {number:,}"

    def place(self, number: int) -> str:
        """Where a record stands, for funnel lines, which name no folders."""
        return f"{self.title}, {self.unit} {number:,}"


class Shape(Protocol):
    """What the records of a data set mean."""

    reading: Reading

    def messages(self, rows: Rows) -> Iterator[Message]:
        """The messages of the records; counts what it leaves out. Raises: DataError for unusable columns."""
        ...

    def owner_ids(self) -> frozenset[str]:
        """Who is learnt unless the user says otherwise. Known when all messages are read."""
        ...


def read_files(files: Sequence[File], shape: Shape, funnel: Funnel, advice: str) -> Iterator[Message]:
    """The messages of all files, and the source's line of the funnel. Raises: DataError."""
    for file, title in titles(files):
        before = shape.reading.kept
        yield from shape.messages(rows_of(file, title))
        if shape.reading.kept == before:
            shape.reading.notes.append(f"{title} holds no messages to read")
    shape.reading.report(funnel, ", ".join(file.label for file in files[:3]), advice)


def titles(files: Sequence[File]) -> list[tuple[File, str]]:
    """Each file with its name without ending; with its folder where that is not enough to tell the files apart."""
    stems = [file.name.partition(".")[0] or file.name for file in files]
    # Not the whole path: chat ids are to stay the same when the folder moves.
    longer = [f"{PurePath(file.folder).name}/{file.name}" for file in files]
    short = [stem if stems.count(stem) == 1 else long for stem, long in zip(stems, longer, strict=True)]
    return [(file, name if short.count(name) == 1 else file.label) for file, name in zip(files, short, strict=True)]


def fingerprint(files: Sequence[File]) -> Mapping[str, str]:
    """Label -> sha256 of each file; the label has all of the title. Raises: DataError."""
    called = {file: title if "/" in title else file.name for file, title in titles(files)}
    return fingerprint_of_files(files, called.__getitem__)


def rows_of(file: File, title: str) -> Rows:
    """The records of a file; its format is told by its content. Raises: DataError, then and while they are read."""
    begin = _first_line(file)
    if begin.startswith("PAR1"):
        return Rows(file.label, title, "row", parquet_columns(file), parquet_rows(file))
    if begin.startswith("[") or (begin.startswith("{") and not _is_whole(begin)):
        return Rows(file.label, title, "record", *peeked(_document(file)))
    if begin.startswith("{"):
        return Rows(file.label, title, "line", *peeked(_json_lines(file)))
    columns, numbered = csv_rows(file)
    return Rows(file.label, title, "line", columns, numbered)


def _first_line(file: File) -> str:
    """The first line that is not blank, or as much of it as lines may be long: a document may be one line."""
    with file.open() as stream:
        while first := stream.readline(MAX_LINE_BYTES + 1):
            if utf16_of(first):
                return next((line.strip() for _, line in file.lines() if line.strip()), "")
            begin = first.decode("utf-8-sig", "replace").strip()
            if begin:
                return begin
    return ""


def peeked(numbered: Numbered) -> tuple[tuple[str, ...], Numbered]:
    """The keys of the first records, and all records, as if nobody had looked."""
    first = list(islice(numbered, PEEKED))
    columns = dict.fromkeys(key for _, record in first for key in record or ())
    return tuple(columns), chain(first, numbered)


def _is_whole(line: str) -> bool:
    """Whether a first line is one record, with more records on the lines below."""
    try:
        value = json.loads(line, strict=False)
    except (ValueError, RecursionError):
        return len(line) > 1 and line.endswith("}")  # a damaged record; one that goes on below does not close here
    return not any(isinstance(value[key], list) for key in HOLDERS.intersection(value))


def _json_lines(file: File) -> Numbered:
    decode = msgspec.json.Decoder().decode
    for number, line in file.lines():
        try:
            value = decode(line)
        except (msgspec.DecodeError, RecursionError):
            if not line.strip():
                continue
            value = _leniently(file, number, line)
        yield number, _record(file, f"line {number:,}", value)


def _leniently(file: File, number: int, line: str) -> Any:
    try:
        return json.loads(line, strict=False)  # takes halves of characters and control characters in strings
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg}, character {error.colno:,}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise DataError(f"{file.label}, line {number:,}, is no JSON ({reason}). {file.advice}") from error


def _document(file: File) -> Numbered:
    """The records of one JSON document: a list of them, an object that holds such a list, or one record."""
    with file.open() as stream:
        document = JsonStream(stream, file.label, file.advice)
        records = document.elements() if document.peek() == "[" else _inside(document)
        for number, value in enumerate(records, 1):
            yield number, _record(file, f"record {number:,}", value)
        if document.peek():
            document.fail("goes on after its end")


def _inside(document: JsonStream) -> Iterator[Any]:
    single: dict[str, Any] = {}
    is_single = True
    for key in document.members():
        if key in HOLDERS and document.peek() == "[":
            is_single = False
            yield from document.elements()
        else:
            single[key] = document.value()
    if is_single:
        yield single


def _record(file: File, place: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):  # a bare list of messages
        return {"messages": value}
    raise DataError(f"{file.label}, {place}, holds a {type(value).__name__}, not an object. {file.advice}")

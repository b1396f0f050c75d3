"""JSON at which Arrow's parser dies, and the whole process with it, without a word (seen in pyarrow 26)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.files import File

DEEPEST = 1_000  # it calls itself for each level; some ten thousand exhaust its stack. Python's own parser stops here
PIECE_BYTES = 1 << 20
BRACKETS = bytes.maketrans(b"{}", b"[]")
OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}")
BOM = b"\xef\xbb\xbf"
# A block of a file that begins with null; `datasets` writes NaN and numbers beyond all bounds as null where it writes
# records of mixed types anew, and the elements of an array as lines.
STARTS_WITH_NULL = re.compile(rb"\s*null")
ALONE = re.compile(rb"\n[ \t]*(?:null|NaN|-?Infinity|-?\d[\d.eE+-]*)[ \t]*(?=[\n{])")
GOES_ON = b",:["  # before a line that is part of a value, in a document of many lines
RECORD_BEFORE = b"}\n"  # the beginning of a file is a place for a record as the end of one is
LONGEST_LINE = 512  # bytes: of those that hold such a value alone
NO_RECORD = "has null or a number where a record must be"


def check_for_arrow(file: File) -> None:
    """Looks for a thousand brackets that open one after the other, whatever keys are between them, and for null and
    numbers where a record must be, at some hundred megabytes a second. Raises: DataError.
    """
    run, tail, place, is_array = b"", RECORD_BEFORE, 0, False
    with file.open() as stream:
        while piece := stream.read(PIECE_BYTES):
            run = run[-DEEPEST:] + piece.translate(BRACKETS, OTHERS)
            starts_with_null = None
            if not place:
                piece = piece.removeprefix(BOM)
                is_array, starts_with_null = piece.startswith(b"["), STARTS_WITH_NULL.match(piece)
            place = stream.tell()
            if b"[" * DEEPEST in run:
                raise _refused(file, f"before byte {place:,}", "has values nested too deeply")
            window = tail + piece
            if not is_array and (starts_with_null or _has_lone_value(window)):
                raise _refused(file, f"before byte {place:,}", NO_RECORD)
            tail = window[-LONGEST_LINE:]
    if is_array:
        _check_elements(file)
    elif _has_lone_value(tail + b"\n"):
        raise _refused(file, f"before byte {place:,}", NO_RECORD)


def _has_lone_value(window: bytes) -> bool:
    """Whether null or a number stands alone on a line, the one before being at its end."""
    window = window.replace(b"\r", b"\n")
    for match in ALONE.finditer(window):
        before = window[max(0, match.start() - LONGEST_LINE) : match.start()].rstrip()
        if before and before[-1] not in GOES_ON:  # where nothing is before it, the window of the piece before had it
            return True
    return False


def _check_elements(file: File) -> None:
    """Of an array, which `datasets` reads whole as well. What is no JSON is left to it to refuse."""
    with file.open() as stream:
        content = stream.read().removeprefix(BOM)
    try:
        elements = json.loads(content, strict=False)
    except (ValueError, RecursionError):
        return
    for number, element in enumerate(elements, 1):
        if type(element) in (type(None), int, float):
            raise _refused(file, f"element {number:,}", NO_RECORD)


def _refused(file: File, place: str, fault: str) -> DataError:
    return DataError(f"{file.label}, {place}, {fault}. {file.advice}")

"""JSON at which Arrow's parser dies, and the whole process with it, without a word (seen in pyarrow 26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.files import File

DEEPEST = 1_000  # it calls itself for each level; some ten thousand exhaust its stack. Python's own parser stops here
PIECE_BYTES = 1 << 20
BRACKETS = bytes.maketrans(b"{}", b"[]")
OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}")
NO_RECORD = b"\nnull"


def check_for_arrow(file: File) -> None:
    """Looks for a thousand brackets that open one after the other, whatever keys are between them, and for null where a
    record must be, at a gigabyte a second. Raises: DataError.
    """
    run, tail, place = b"", b"\n", 0
    has_lines = not file.name.lower().endswith(".json")  # within one document a line may well begin with null
    with file.open() as stream:
        while piece := stream.read(PIECE_BYTES):
            is_first, place = not place, place + len(piece)
            fault = ""
            if (is_first and piece.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"null")) or (
                has_lines and NO_RECORD in tail + piece
            ):
                fault = "has null where a record must be"
            run = run[-DEEPEST:] + piece.translate(BRACKETS, OTHERS)
            if b"[" * DEEPEST in run:
                fault = "has values nested too deeply"
            if fault:
                raise DataError(f"{file.label}, before byte {place:,}, {fault}. {file.advice}")
            tail = piece[1 - len(NO_RECORD) :]

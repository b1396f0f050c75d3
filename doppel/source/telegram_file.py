"""The bytes of a Telegram export, repaired, after a look at how they begin."""

from __future__ import annotations

import codecs
import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.json_stream import JsonStream
from doppel.source.utf16 import utf16_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File

HEAD_BYTES = 1024
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
AS_HTML = "An HTML export is read by source=telegram_html, but has no ids that tell people apart"
INSTEAD = {  # how another file begins
    b"<": f"is HTML or XML, not JSON ({AS_HTML})",
    b"PK\x03\x04": "is a zip archive inside another: unpack it first",
}


@contextmanager
def open_export(file: File) -> Iterator[JsonStream]:
    """The export as a stream. Raises: DataError."""
    with file.open() as stream:
        head = stream.read(HEAD_BYTES)
        _check_head(file, head)
        yield JsonStream(RepairedJson(stream, head), file.label, file.advice)


class RepairedJson:
    r"""The bytes of a JSON file with Telegram's invalid `\xNN` escapes rewritten as `\u00NN`.

    Telegram Desktop writes control characters so (export_output_json.cpp, SerializeString), and every JSON parser
    refuses them. `held` are bytes of the stream that were read already.
    """

    def __init__(self, stream: IO[bytes], held: bytes = b"") -> None:
        self.stream = stream
        self.held = held  # later on, an escape that the end of the last piece has cut

    def read(self, size: int) -> bytes:
        """About `size` bytes; b"" at the end only."""
        if size == 0:
            return b""
        while True:
            fresh = self.stream.read(size)
            piece, self.held = self.held + fresh, b""
            if fresh:
                cut = _end_of_whole_escapes(piece)
                piece, self.held = piece[:cut], piece[cut:]
            if piece or not fresh:
                return ESCAPE.sub(_repair, piece) if rb"\x" in piece else piece


def _end_of_whole_escapes(piece: bytes) -> int:
    last = piece.rfind(b"\\", max(0, len(piece) - 3))
    if last == -1:
        return len(piece)
    start = last
    while start > 0 and piece[start - 1] == ord("\\"):
        start -= 1
    begins_escape = (last - start) % 2 == 0
    is_cut = last == len(piece) - 1 or piece[last + 1] == ord("x")
    return last if begins_escape and is_cut else len(piece)


def _repair(escape: re.Match[bytes]) -> bytes:
    return rb"\u00" + escape[1] if escape[1] else escape[0]


def _check_head(file: File, head: bytes) -> None:
    if utf16_of(head):
        return  # the stream refuses it by name
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()
    seen = next((told for bytes_, told in INSTEAD.items() if begin.startswith(bytes_)), None)
    if seen is None and begin[:1] in (b"{", b"["):
        return
    if not begin:
        seen = "is empty"
    raise DataError(f"{file.label} {seen or f'is not JSON: it begins with {begin[:4]!r}'}. {file.advice}")

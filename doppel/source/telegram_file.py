"""Finding and opening the file of a Telegram export: plain or gzipped, itself or the folder that holds it."""

from __future__ import annotations

import codecs
import difflib
import gzip
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase

NAMES = ("result.json", "result.json.gz")
HOW_TO_EXPORT = (
    "Accepted: the result.json of Telegram Desktop (Settings > Advanced > Export Telegram data, format "
    '"Machine-readable JSON"), plain or gzipped, or the folder that holds it. Type source.path=FILE'
)
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)


class RepairedJson:
    r"""The bytes of a JSON file with Telegram's invalid `\xNN` escapes rewritten as `\u00NN`.

    Telegram Desktop writes control characters so (export_output_json.cpp, SerializeString), and every JSON parser
    refuses them.
    """

    def __init__(self, stream: BufferedIOBase) -> None:
        self.stream = stream
        self.held = b""  # an escape that the end of the last piece has cut

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


def find_export(path: str) -> Path:
    """The file that `path` names, or that the folder holds. Raises: DataError."""
    given = Path(path).expanduser()
    try:
        if given.is_dir():
            return _in_folder(given)
        if given.exists():
            return given
        raise DataError(f"There is no file {given}.{_near_misses(given)} {HOW_TO_EXPORT}")
    except OSError as error:
        raise _unreadable(given, error) from error


def _in_folder(folder: Path) -> Path:
    names = sorted(entry.name for entry in folder.iterdir())
    for name in NAMES:
        if name in names:
            return folder / name
    if any(re.fullmatch(r"messages\d*\.html", name) for name in names):
        seen = "an HTML export (messages.html), which leaves out the ids that tell people apart"
    else:
        seen = ", ".join(names[:8]) or "nothing"
    raise DataError(f"The folder {folder} has no result.json; it holds {seen}. {HOW_TO_EXPORT}")


def _near_misses(missing: Path) -> str:
    if not missing.parent.is_dir():
        return f" The folder {missing.parent} does not exist either."
    names = sorted(entry.name for entry in missing.parent.iterdir())
    near = difflib.get_close_matches(missing.name, names, n=3)
    return f" Did you mean {' or '.join(str(missing.parent / name) for name in near)}?" if near else ""


@contextmanager
def open_export(file: Path) -> Iterator[RepairedJson]:
    """The bytes of the export, unpacked and repaired, after a look at how they begin. Raises: DataError."""
    try:
        raw = file.open("rb")
    except OSError as error:
        raise _unreadable(file, error) from error
    with raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"  # by content: files are renamed
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw) if is_gzip else raw as stream:
            head = stream.read(1024)
            _check_head(file, head)
            stream.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
            yield RepairedJson(stream)


def _check_head(file: Path, head: bytes) -> None:
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if begin[:1] in (b"{", b"["):
        return
    if not begin:
        seen = "is empty"
    elif begin.startswith(b"<"):
        seen = "is HTML or XML, not JSON"
    elif begin.startswith(b"PK\x03\x04"):
        seen = "is a zip archive: unpack it first"
    else:
        seen = f"is not JSON: it begins with {begin[:4]!r}, not with {{ or ["
    raise DataError(f"{file} {seen}. {HOW_TO_EXPORT}")


def _unreadable(file: Path, error: OSError) -> DataError:
    return DataError(f"{file} cannot be read: {error.strerror}. Give yourself the right to read it, or copy it.")

"""The files of an export: themselves, in a folder, in a zip archive or gzipped; fingerprints; lines of text."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import io
import lzma
import os
import stat
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import lru_cache
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.utf16 import HEAD_BYTES, utf16_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# RuntimeError: an archive is encrypted, or packed in a way that is not known.
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
MAX_LINE_BYTES = 16 << 20
MAX_ENTRIES = 500_000  # of one folder, with its media: a whole disk has more, and takes minutes to look through
MAX_RATIO = 200  # unpacked to packed bytes of an archive's member: text reaches 20, bombs 1000


class Files:
    """The files that `path` names: one file, a folder with all below it, or a zip archive; or several such paths.

    `advice` ends every error message: what is accepted and the override to type. Raises: DataError where there is
    nothing, or an archive is damaged or holds a member that would leave it.
    """

    def __init__(self, path: str | list[str], advice: str) -> None:
        self.advice = advice
        written = [path] if isinstance(path, str) else path
        if not written or not all(one.strip() for one in written):  # Path("") would be the folder one happens to be in
            raise DataError(f"source.path={path} names no file. {advice}")
        paths = [Path(one).expanduser() for one in written]
        self.roots = [_existing(one, advice) for one in paths]
        self.listed: dict[Path, list[Path]] = {}  # what was found below a folder
        self.archives = {root: self._archive(root) for root in self.roots if _is_zip(root)}

    def matching(self, *patterns: str) -> list[File]:
        """The files whose name, without folders, fits one of the patterns ("*.json"), sorted, each once; a file that
        was named itself always is. Raises: DataError where none fits."""
        several = (file for root in self.roots for file in self._under(root, patterns))
        found = list({(file.path.resolve(), file.member): file for file in several}.values())
        if not found:
            seen = sorted({file.name for root in self.roots for file in self._under(root, ("*",))})
            holds = f"{len(seen)} other files: {', '.join(seen[:6])}" if seen else "no file at all"
            where = ", ".join(map(str, self.roots))
            raise DataError(f"{where} has no {' or '.join(patterns)}; it holds {holds}. {self.advice}")
        return found

    def has(self, *patterns: str) -> bool:
        """Whether a folder or an archive holds a file whose name fits one of the patterns."""
        return any(self._under(root, patterns) for root in self.roots if root in self.archives or root.is_dir())

    def _under(self, root: Path, patterns: Sequence[str]) -> list[File]:
        if root in self.archives:
            members = sorted(one.filename for one in self.archives[root].infolist() if one.filename[-1:] != "/")
            files = [File(root, member, self.advice) for member in members]
        elif root.is_dir():
            if root not in self.listed:
                self.listed[root] = sorted(self._below(root))
            files = [File(one, None, self.advice) for one in self.listed[root]]
        else:
            return [File(root, None, self.advice)]
        return [file for file in files if _is_content(file) and any(fnmatch(file.name, one) for one in patterns)]

    def _below(self, root: Path) -> Iterator[Path]:
        def refuse(error: OSError) -> None:
            raise DataError(f"{error.filename} cannot be read: {error.strerror}. {self.advice}") from error

        seen = 0
        for folder, below, names in os.walk(root, onerror=refuse):  # links to folders are not followed: they go round
            seen += len(names) + len(below)
            if seen > MAX_ENTRIES:
                raise DataError(
                    f"{root} holds more than {MAX_ENTRIES:,} files and folders, which no export does: type the path of "
                    f"the export itself. {self.advice}"
                )
            yield from (path for name in names if _is_file(path := Path(folder, name)))

    def _archive(self, root: Path) -> zipfile.ZipFile:
        try:
            with zipfile.ZipFile(root) as archive:
                for member in archive.infolist():
                    self._check_member(root, member)
                return archive
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise DataError(f"{root} is a damaged zip archive: {error}. {self.advice}") from error

    def _check_member(self, root: Path, member: zipfile.ZipInfo) -> None:
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or not place.parts or ":" in place.parts[0]:
            raise DataError(f"{root} holds {member.filename!r}, which leads out of the archive: refused. {self.advice}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise DataError(f"{root} holds a link, {member.filename!r}: refused. {self.advice}")
        if member.file_size > MAX_LINE_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise DataError(
                f"{root} holds {member.filename!r}, {member.file_size >> 20:,} MiB packed into "
                f"{member.compress_size:,} bytes: no chat packs so well, refused. {self.advice}"
            )


class File:
    """One file: on the disk, or a member of an archive. `name` is its own name, `label` what a user is told."""

    def __init__(self, path: Path, member: str | None, advice: str) -> None:
        self.path, self.member, self.advice = path, member, advice
        self.name = PurePosixPath(member).name if member else path.name
        self.folder = str(PurePosixPath(member).parent) if member else str(path.parent)  # tells chats apart
        self.label = f"{path}: {member}" if member else str(path)
        inside = PurePosixPath(member).parent.name or path.name if member else path.parent.name
        self.place = f"{inside}/{self.name}"  # the file in its folder, or in its archive

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, unpacked where they are gzipped. Raises: DataError."""
        with self._guarded(), self._raw() as raw:
            is_gzip = raw.peek(2)[:2] == b"\x1f\x8b"  # by content: files are renamed
            with gzip.GzipFile(fileobj=raw) if is_gzip else raw as stream:
                yield stream  # type: ignore[misc]

    def sha256(self) -> str:
        """The fingerprint, in hex, of the content as it lies on disk or in the archive. Raises: DataError."""
        with self._guarded(), self._raw() as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number from 1, text without its end) of each line, in UTF-8 or UTF-16.

        Raises: DataError for another encoding, naming line and byte, and for a line of more than MAX_LINE_BYTES.
        """
        with self.open() as raw:
            encoding = utf16_of(raw.read(HEAD_BYTES)) or "utf-8"
            raw.seek(0)
            # UTF-16 has its line ends in two bytes each, which only a decoder finds.
            stream = raw if encoding == "utf-8" else io.TextIOWrapper(raw, encoding, newline="\n")
            number = 1
            while line := self._line(stream, number):
                yield number, (line.removeprefix("\ufeff") if number == 1 else line).rstrip("\r\n")
                number += 1

    def _line(self, stream: IO[bytes] | IO[str], number: int) -> str:
        place = f"{self.label}, line {number:,},"
        try:
            line = stream.readline(MAX_LINE_BYTES + 1)
            if len(line) > MAX_LINE_BYTES:
                raise DataError(f"{place} is longer than {MAX_LINE_BYTES >> 20} MiB: that is no chat. {self.advice}")
            return line if isinstance(line, str) else line.decode()
        except UnicodeDecodeError as error:
            seen = f"byte {error.start + 1:,} is 0x{error.object[error.start]:02x}"
            encoding = error.encoding.upper()
            raise DataError(f"{place} is not {encoding}: {seen}. Save the file as UTF-8. {self.advice}") from error

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as error:
            raise DataError(f"{self.label} cannot be read: {_reason(error)}. {self.advice}") from error

    @contextmanager
    def _raw(self) -> Iterator[io.BufferedReader | zipfile.ZipExtFile]:
        if self.member is None:
            with self.path.open("rb") as stream:
                yield stream
        else:
            known = self.path.stat()
            with _opened(self.path, known.st_mtime_ns, known.st_size).open(self.member) as stream:
                yield stream  # type: ignore[misc]


@lru_cache(maxsize=4)
def _opened(path: Path, _changed_ns: int, _size_bytes: int) -> zipfile.ZipFile:
    """The archive, opened once for all of its members: its directory is read each time it is opened, and is long."""
    return zipfile.ZipFile(path)


def fingerprint(files: Sequence[File], called: Callable[[File], str] = attrgetter("name")) -> Mapping[str, str]:
    """Label -> sha256 of each file. What was prepared is kept by both.

    `called`: all of where the file lies that becomes part of messages, its label where that tells the files apart.
    """
    names = Counter(map(called, files))
    return {file.label if names[called(file)] > 1 else called(file): file.sha256() for file in files}


def _existing(path: Path, advice: str) -> Path:
    try:
        if path.exists():
            return path
        if not path.parent.is_dir():
            raise DataError(f"There is no file {path}. The folder {path.parent} does not exist either. {advice}")
        near = difflib.get_close_matches(path.name, sorted(entry.name for entry in path.parent.iterdir()), n=3)
        told = f" Did you mean {' or '.join(str(path.parent / name) for name in near)}?" if near else ""
        raise DataError(f"There is no file {path}.{told} {advice}")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. {advice}") from error


def _is_file(path: Path) -> bool:
    """Whether it is a file, or a link to what may not even be looked at: opening it tells why it cannot be read."""
    try:
        return path.is_file()
    except OSError:
        return True


def _is_content(file: File) -> bool:
    """Not what macOS puts beside each file of an archive: its attributes, under the same name."""
    return not file.name.startswith("._") and "__MACOSX" not in file.folder


def _is_zip(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")  # by content: files are renamed
    except OSError:
        return False


def _reason(error: Exception) -> str:
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    # zipfile tells both names where they differ; where the archive is damaged, one may be a piece of the chat.
    return "its name is not the same at both places of the archive" if " and header " in told else told

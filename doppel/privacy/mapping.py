"""The list of what was replaced by what, for the user's own eyes; the next preparation goes on with it."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from doppel.errors import DataError

OF_A_RUN = ("manifest.json", "status.json", "config.yaml")  # what tells a folder that is shown to others
OUTPUTS = "outputs"
SIGN = re.compile(rb'\s*\{\s*"doppel"\s*:\s*"pseudonyms"')  # how a list begins: an export of gigabytes is not read
SIGN_BYTES = 100
Pairs = dict[str, dict[str, str]]


class Pseudonyms(msgspec.Struct, forbid_unknown_fields=True):
    """What the list holds."""

    doppel: Literal["pseudonyms"] = "pseudonyms"
    replaced: Pairs = {}  # kind -> as written -> as replaced
    names: Pairs = {}  # sort of a name -> the name -> its pseudonym, in the nominative


class PrivateList:
    """The file of the list. Memory: the list, once more."""

    def __init__(self, mapping: str) -> None:
        """Raises: DataError where the file lies beside what is shared, or is something else than such a list."""
        self._path = private_path(mapping)
        self._content = _content(self._path)
        self.found = _pseudonyms(self._path, self._content)

    def write(self, found: Pseudonyms) -> None:
        """Writes it, unless it says the same already. Raises: DataError, also where another run wrote it meanwhile."""
        content = msgspec.json.format(msgspec.json.encode(found))
        if content == self._content:
            return
        if _content(self._path) != self._content:
            raise DataError(
                f"{self._path} was changed while this was prepared, by another run with the same privacy.mapping: what "
                "it says now is kept. Run this again, one after the other"
            )
        write_private(self._path, content)
        self._content = content


def private_path(mapping: str) -> Path:
    """Where the list goes. Raises: DataError where it would lie beside what is shared."""
    path = Path(mapping).expanduser().absolute().resolve()
    if path.is_dir():
        raise DataError(f"privacy.mapping is a folder: {path}; name a file, or leave it out with privacy.mapping=null")
    outputs = Path(OUTPUTS).absolute().resolve()
    for folder in path.parents:
        if folder == outputs or any((folder / name).exists() for name in OF_A_RUN):
            raise DataError(
                f"privacy.mapping={mapping} lies in {folder}, whose files are meant to be shown: the list undoes every "
                "pseudonym. Name a file elsewhere, such as privacy.mapping=~/.doppel/pseudonyms.json, or leave it out "
                "with privacy.mapping=null"
            )
    return path


def _content(path: Path) -> bytes | None:
    """The list as it lies there; None where nothing does. Raises: DataError for anything else."""
    try:
        if not path.exists():
            return None
        if path.is_file():
            with path.open("rb") as file:
                begin = file.read(SIGN_BYTES)
                if SIGN.match(begin):
                    return begin + file.read()
    except OSError as error:
        raise DataError(
            f"privacy.mapping={path} cannot be read: {error.strerror}; name another file, or null for none"
        ) from None
    raise _not_a_list(path)


def _pseudonyms(path: Path, content: bytes | None) -> Pseudonyms:
    try:
        return Pseudonyms() if content is None else msgspec.json.decode(content, type=Pseudonyms)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _not_a_list(path) from None


def _not_a_list(path: Path) -> DataError:
    return DataError(
        f"privacy.mapping={path} is there already and is no list of pseudonyms that doppel wrote, or a damaged one: it "
        "stays as it is. Name a new file, such as privacy.mapping=~/.doppel/pseudonyms.json, or leave the list out "
        "with privacy.mapping=null"
    )


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that its owner alone may read, whole or not at all. Raises: DataError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # for the owner alone
        try:
            with open(number, "wb") as file:  # noqa: PTH123
                file.write(content)
                file.flush()
                os.fsync(number)
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror}; name another file with privacy.mapping=, or null for none"
        ) from None

"""Which files of a folder are Telegram exports: by the name that Telegram gives them, else by how they begin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from doppel.errors import DataError
from doppel.source.files import Files
from doppel.source.telegram_chat import KINDS
from doppel.source.telegram_file import AS_HTML, HEAD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from doppel.source.files import File

NAMES = ("result.json", "result.json.gz")
RENAMED = ("*.json", "*.json.gz")
SIGN = re.compile(
    rf'"(?:type"\s*:\s*"(?:{"|".join(KINDS)})"|date_unixtime"\s*:|personal_information"\s*:|chats"\s*:\s*\{{)'.encode()
)


class ExportFiles(NamedTuple):
    """What the paths hold."""

    exports: list[File]  # each once
    others: list[File]  # JSON beside them that is no export
    elsewhere: list[File]  # what begins as an export in a folder without a result.json, while another folder has one


def export_files(path: str | list[str], advice: str) -> ExportFiles:
    """The exports that the paths name, and what is not read.

    Of a folder or an archive its result.json, wherever below, and what lies right beside one and begins as an export
    does, such as "result (1).json"; in other folders that may be what people have sent. Where there is no result.json,
    the files were renamed, and all that begin as an export does are read. Raises: DataError for a path that leads to no
    export.
    """
    exports: dict[tuple[Path, str | None], File] = {}
    others: list[File] = []
    elsewhere: list[File] = []
    for one in path if isinstance(path, list) and path else [path]:
        files = Files(one, advice)
        named = files.matching(*NAMES) if files.has(*NAMES) else []
        folders = {file.folder for file in named}
        read = named.copy()
        for file in _unnamed(files):
            is_beside = not named or file.folder in folders
            if _begins_as_export(file):
                (read if is_beside else elsewhere).append(file)
            elif is_beside:
                others.append(file)
        if not read and files.has("messages*.html"):
            raise DataError(f"{one} holds no result.json but messages.html. {AS_HTML}. {advice}")
        read = read or files.matching(*NAMES)
        exports.update((_key(file), file) for file in read)
    return ExportFiles(list(exports.values()), others, [file for file in elsewhere if _key(file) not in exports])


def _key(file: File) -> tuple[Path, str | None]:
    return file.path.resolve(), file.member


def _unnamed(files: Files) -> list[File]:
    """The JSON files that may be exports under another name."""
    if not files.has(*RENAMED):
        return []
    return [file for file in files.matching(*RENAMED) if file.name not in NAMES]


def _begins_as_export(file: File) -> bool:
    with file.open() as stream:
        return SIGN.search(stream.read(HEAD_BYTES)) is not None

"""Which files of a folder are Telegram exports: by the name that Telegram gives them, else by how they begin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.files import Files
from doppel.source.telegram_chat import KINDS
from doppel.source.telegram_file import AS_HTML, HEAD_BYTES

if TYPE_CHECKING:
    from doppel.source.files import File

NAMES = ("result.json", "result.json.gz")
RENAMED = ("*.json", "*.json.gz")
SIGN = re.compile(
    rf'"(?:type"\s*:\s*"(?:{"|".join(KINDS)})"|date_unixtime"\s*:|personal_information"\s*:|chats"\s*:\s*\{{)'.encode()
)


def export_files(path: str | list[str], advice: str) -> tuple[list[File], list[File]]:
    """The exports that the paths name, each once, and the JSON files beside them that are none.

    Of a folder or an archive its result.json, wherever below, and what lies right beside one and begins as an export
    does, such as "result (1).json"; JSON in the folders below is what people have sent. Where there is no result.json,
    the files were renamed, and all that begin as an export does are read. Raises: DataError for a path that leads to no
    export.
    """
    exports: dict[object, File] = {}
    others: list[File] = []
    for one in path if isinstance(path, list) and path else [path]:
        files = Files(one, advice)
        named = files.matching(*NAMES) if files.has(*NAMES) else []
        found = _unnamed(files, named)
        signed = [file for file in found if _begins_as_export(file)]
        if not named and not signed and files.has("messages*.html"):
            raise DataError(f"{one} holds no result.json but messages.html. {AS_HTML}. {advice}")
        read = [*named, *signed] or files.matching(*NAMES)
        exports.update(((file.path.resolve(), file.member), file) for file in read)
        others += [file for file in found if file not in signed]
    return list(exports.values()), others


def _unnamed(files: Files, named: list[File]) -> list[File]:
    """The JSON files that may be exports under another name."""
    if not files.has(*RENAMED):
        return []
    folders = {file.folder for file in named}
    return [
        file for file in files.matching(*RENAMED) if file.name not in NAMES and (not named or file.folder in folders)
    ]


def _begins_as_export(file: File) -> bool:
    with file.open() as stream:
        return SIGN.search(stream.read(HEAD_BYTES)) is not None

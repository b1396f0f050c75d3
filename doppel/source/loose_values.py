"""Values of an export as what is asked for, whatever was written: missing, null and another type are alike."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.source.json_records import records
from doppel.source.json_stream import JsonStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File

KINDS_BY_END = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".heic", ".bmp", ".avif"), "photo"),
    **dict.fromkeys((".mp4", ".mov", ".webm", ".mkv", ".m4v"), "video_file"),
    **dict.fromkeys((".mp3", ".m4a", ".aac", ".wav", ".flac", ".ogg", ".opus"), "audio_file"),
    ".gif": "animation",
}
KINDS_BY_TYPE = {"image": "photo", "video": "video_file", "audio": "audio_file"}
DECODE = msgspec.json.Decoder(list[dict[str, Any]]).decode
LONGEST = len(str(1 << 63)) + 1


def object_of(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one: what exports write as null is missing."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; [] for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def word_of(*values: Any) -> str:
    """The first of the values that is a string with something in it, "" where none is; numbers count as written."""
    for value in values:
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def number_of(value: Any) -> int | None:
    """The whole number of 64 bits, also one written as a string of digits; None for anything else."""
    if isinstance(value, str) and value.isdecimal() and len(value) < LONGEST:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < 1 << 63:
        return value
    return None


def media_of_file(name: str) -> str:
    """The kind of media that a file is by the end of its name: "photo", ..., "file"."""
    return KINDS_BY_END.get(PurePosixPath(name.partition("?")[0]).suffix.lower(), "file")


def media_of_type(mimetype: str) -> str:
    """The kind of media of a MIME type: "photo", ..., "file"."""
    return "animation" if mimetype == "image/gif" else KINDS_BY_TYPE.get(mimetype.partition("/")[0], "file")


def elements_of(stream: JsonStream) -> Iterator[Any]:
    """The elements of the array at which the stream stands, which should be objects. Raises: DataError."""
    return records(stream, DECODE)


def value_of(file: File) -> Any:
    """The value that a whole, small JSON file is. Raises: DataError."""
    with file.open() as raw:
        return JsonStream(raw, file.label, file.advice).value()


def place_of(file: File) -> str:
    """The folder of a file, told apart from one of the same name in another archive."""
    return f"{file.path}/{file.folder}".removesuffix("/.") if file.member else file.folder

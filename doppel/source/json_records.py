"""The elements of a JSON array of objects, hundreds at a time, by a decoder that reads only the fields it knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doppel.source.json_stream import JsonStream

NEXT_OBJECT = re.compile(r'[ \t\n\r]*,[ \t\n\r]*\{[ \t\n\r]*"[^"\\]{1,80}"[ \t\n\r]*:')  # up to its first key
ENDS_EARLY = re.compile(r"trailing characters \(byte (\d+)\)")  # msgspec's words
LONG = 1 << 12  # characters: elements are mostly shorter
FIRST_WINDOW = 1 << 14  # characters: arrays are often short


def records(stream: JsonStream, decode: Callable[[bytes], Sequence[Any]]) -> Iterator[Any]:
    """The elements of the array that begins where the stream stands, most of them as `decode` makes them of the bytes
    of an array, such as `msgspec.json.Decoder(list[...]).decode`: that is five times as fast as `elements`. What it
    refuses, and what the pieces of the stream cut, comes as a plain value. Raises: DataError.
    """
    if not stream.opens("["):
        return
    window = FIRST_WINDOW
    refused = -1  # `before` of the piece in which decode failed: it is not tried there again
    while True:
        stream.ahead(LONG)
        yield stream.value()
        if refused != stream.before:
            several = _several(stream, decode, window)
            if several is None:
                refused = stream.before
            else:
                yield from several
                window *= 4
        if not stream.goes_on("]"):
            return


def _several(stream: JsonStream, decode: Callable[[bytes], Sequence[Any]], window: int) -> Sequence[Any] | None:
    """The elements after the next comma, as far as they are at hand; None where `decode` cannot take them.

    They end before the last place that looks as this comma does: its blanks, the bracket and the first key after it.
    Where that is not between two of them but in a string, or in what follows the array, `decode` notices.
    """
    match = NEXT_OBJECT.match(stream.text, stream.at)
    if match is None:
        return ()
    start = stream.text.index(",", stream.at) + 1
    cut = stream.text.rfind(match[0], start, start + window)
    if cut == -1:
        return ()
    raw = f"[{stream.text[start:cut]}]".encode()
    try:
        several = decode(raw)
    except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors; a year of 10000 raises a plain one
        ends = ENDS_EARLY.search(str(error))
        return _up_to_the_end(stream, decode, start, raw[: int(ends[1])]) if ends else None
    stream.at = cut
    return several


def _up_to_the_end(
    stream: JsonStream, decode: Callable[[bytes], Sequence[Any]], start: int, raw: bytes
) -> Sequence[Any] | None:
    raw = raw[: raw.rfind(b"]") + 1]
    try:
        several = decode(raw)
    except (ValueError, RecursionError):
        return None
    stream.at = start + len(raw[1:-1].decode())
    return several

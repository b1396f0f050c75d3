"""Telling UTF-16 from other encodings: Windows' Notepad writes it, with a byte order mark or without."""

from __future__ import annotations

import codecs

HEAD_BYTES = 64  # enough to tell it, where a file begins with a date, a bracket or a name in Latin letters


def utf16_of(head: bytes) -> str | None:
    """The codec of a file that begins so, where it is UTF-16: by its byte order mark, or by the zeros in it."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[first:HEAD_BYTES:2].count(0)
        if zeros > max(1, len(head[:HEAD_BYTES]) // 4) and not head[1 - first : HEAD_BYTES : 2].count(0):
            return codec
    return None

r"""The repair of `\xNN`, wherever the pieces of the stream are cut."""

import io
import json

import pytest

from doppel.source.telegram_file import RepairedJson


def repaired(raw: bytes, size: int) -> bytes:
    stream, pieces = RepairedJson(io.BytesIO(raw)), []
    while piece := stream.read(size):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 64])
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (rb'"a\x08b"', rb'"a\u0008b"'),
        (rb'"\x1F\x1f"', rb'"\u001F\u001f"'),
        (rb'"\\x08"', rb'"\\x08"'),
        (rb'"\\\x08"', rb'"\\\u0008"'),
        (rb'"\\\\x08\\\\\x01"', rb'"\\\\x08\\\\\u0001"'),
        (rb'"\"\n\u0041x01"', rb'"\"\n\u0041x01"'),
        (rb'"\xZZ"', rb'"\xZZ"'),
        (b'"\\', b'"\\'),
        (b"", b""),
    ],
)
def test_invalid_escapes_become_valid_ones(raw: bytes, expected: bytes, size: int) -> None:
    assert repaired(raw, size) == expected


def test_every_control_character_survives() -> None:
    raw = b'"' + b"".join(rb"\x%02x" % code for code in range(32)) + b'"'
    assert json.loads(repaired(raw, 3)) == "".join(map(chr, range(32)))

"""UTF-16 is told from other encodings, with its mark and without."""

import pytest

from doppel.source.utf16 import utf16_of


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\0", b"a\0b", b"\0ab", b"a\0\0b", "дa".encode()])
def test_what_is_no_utf_16(raw: bytes) -> None:
    assert utf16_of(raw) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_is(encoding: str) -> None:
    raw = '{"name": "Anna"}'.encode(encoding)
    codec = utf16_of(raw)
    assert codec is not None
    assert raw.decode(codec) == '{"name": "Anna"}'

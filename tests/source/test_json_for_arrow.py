import re
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.files import File
from doppel.source.json_for_arrow import PIECE_BYTES, check_for_arrow

KEYED = b'{"a": [{"b b": 1, "c": '


def checked(folder: Path, content: bytes, name: str = "x.json") -> None:
    file = folder / name
    file.write_bytes(content)
    check_for_arrow(File(file, None, "Do this."))


@pytest.mark.parametrize(
    "content", [b"", b"[" * 999, b'{"a": [[], ["[", "]"]]}\n' * 2_000, KEYED * 300, b'{"a": [\nnull]}']
)
def test_what_is_read(content: bytes, tmp_path: Path) -> None:
    checked(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"[" * 1_000, "1,000"),
        (KEYED * 400, "9,200"),
        (b"[" * 600 + b" " * 2 * PIECE_BYTES + b"{" * 600, f"{2 * PIECE_BYTES + 1200:,}"),
    ],
)
def test_what_is_too_deep(content: bytes, place: str, tmp_path: Path) -> None:
    told = f"{tmp_path}/x.json, before byte {place}, has values nested too deeply. Do this."
    with pytest.raises(DataError, match=re.escape(told)):
        checked(tmp_path, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", b"null"),
        ("x.json", b"\xef\xbb\xbf \n null, 1"),
        ("x.jsonl", b'{"a": 1}\nnull\n'),
        ("x.jsonl", b"1" * (PIECE_BYTES - 3) + b"\nnull"),
    ],
)
def test_null_is_no_record(name: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{name}, before byte {len(content):,}, has null where a record must be"):
        checked(tmp_path, content, name)

import re
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.files import File
from doppel.source.json_for_arrow import LONGEST_LINE, PIECE_BYTES, check_for_arrow

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


PRETTY = b'{\n "a": [\n  1,\n  null,\n  NaN\n ],\n "b": \n 5\n}\n'


@pytest.mark.parametrize(
    "content", [PRETTY, PRETTY * 2, b"[" + PRETTY + b"]", b'\xef\xbb\xbf[{"a": null}]', b"[1", b'["x"]']
)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_values_within_records(name: str, content: bytes, tmp_path: Path) -> None:
    checked(tmp_path, content, name)


@pytest.mark.parametrize("place", range(-LONGEST_LINE - 8, -LONGEST_LINE + 8))
def test_a_value_within_a_record_that_stands_alone_at_the_edge_of_a_piece(place: int, tmp_path: Path) -> None:
    begin = b'{"a": "'
    content = begin + b"x" * (PIECE_BYTES + place - len(begin) - 8) + b'", "b": [\n 5\n]}' + b" " * PIECE_BYTES
    checked(tmp_path, content)


@pytest.mark.parametrize("word", [b"null", b"NaN", b"-Infinity", b"1e999"])
@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_null_and_what_becomes_null_is_no_record(name: str, word: bytes, tmp_path: Path) -> None:
    for content in (
        word,
        b"\xef\xbb\xbf \n " + word + b' {"a": 1}',
        b'{"a": 1}\n\n ' + word + b"\n",
        b'{"a": 1}\r' + word + b'\r{"a": 1}',
        b'{"a": "' + b"1" * (PIECE_BYTES - 9) + b'"}\n' + word,
    ):
        told = rf"{name}, before byte {len(content):,}, has null or a number where a record must be"
        with pytest.raises(DataError, match=told):
            checked(tmp_path, content, name)
    with pytest.raises(DataError, match=rf"{name}, element 2, has null or a number where a record must be"):
        checked(tmp_path, b'\xef\xbb\xbf[{"a": 1}, ' + word + b"]", name)


def test_null_at_which_arrow_dies(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has null or a number where a record must be"):
        checked(tmp_path, b'null, {"a": 1}')

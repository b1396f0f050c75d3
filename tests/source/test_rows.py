import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.files import MAX_LINE_BYTES, File, Files
from doppel.source.rows import PATTERNS, Rows, rows_of, titles


def rows(file: Path) -> Rows:
    return rows_of(File(file, None, "Advice"), "data")


def records(file: Path) -> list[tuple[int, Any]]:
    return list(rows(file).numbered)


LINES = '{"a": 1}\n\n{"a": 2, "b": 3}\n'
DOCUMENTS = ['[{"a": 1}, {"a": 2, "b": 3}]', '\n {"v": 1,\n "data": [{"a": 1}, {"a": 2, "b": 3}]}']
DOCUMENTS += ['{"rows": [{"a": 1}, {"a": 2, "b": 3}], "more": [1]}']


@pytest.mark.parametrize("begin", ["", "\ufeff", "\n"])
def test_lines_of_json_keep_their_numbers(begin: str, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(begin + LINES, encoding="utf-8")
    found = rows(tmp_path / "x.txt")
    assert (found.unit, found.columns) == ("line", ("a", "b"))
    shift = begin == "\n"
    assert list(found.numbered) == [(1 + shift, {"a": 1}), (3 + shift, {"a": 2, "b": 3})]
    assert found.place(1234) == "data, line 1,234"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_holds_a_list_of_records(document: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(document, encoding="utf-8")
    assert records(tmp_path / "x.json") == [(1, {"a": 1}), (2, {"a": 2, "b": 3})]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_single_object_is_one_record(indent: int | None, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"a": 1, "b": [2]}, indent=indent), encoding="utf-8")
    assert records(tmp_path / "x.json") == [(1, {"a": 1, "b": [2]})]


def test_a_bare_list_is_a_list_of_messages(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n[{"role": "user"}]\n', encoding="utf-8")
    assert records(tmp_path / "x.jsonl")[1] == (2, {"messages": [{"role": "user"}]})


def test_gzip_and_zip_and_utf_16_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    (tmp_path / "wide.jsonl").write_bytes(LINES.encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("deep/x.jsonl", LINES)
    (member,) = Files(str(tmp_path / "x.zip"), "Advice").matching(*PATTERNS)
    expected = [(1, {"a": 1}), (3, {"a": 2, "b": 3})]
    assert records(tmp_path / "x.jsonl.gz") == records(tmp_path / "wide.jsonl") == expected
    assert list(rows_of(member, "x").numbered) == expected


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"a": 1}\n{"a": \n', r"x\.jsonl, line 2, is no JSON \(Expecting value, character 7\)"),
        ('{"a": 1}\n7\n', r"x\.jsonl, line 2, holds a int, not an object"),
        ('{"a": 1}\n"hush"\n', r"x\.jsonl, line 2, holds a str, not an object"),
        ('{"a" 1}\n', r"line 1, is no JSON"),
        ('{"a": 1}\n' + "[" * 100_000 + "\n", r"line 2, is no JSON \(maximum recursion"),
        ("[1, 2]", r"record 1, holds a int, not an object"),
        ('[{"a": 1}', r"breaks off"),
        ('[{"a": 1}] 5', r"goes on after its end"),
        ('{"a": [\n', r"breaks off"),
        (b'{"a": 1}\n{"a": "\xff"}\n', r"line 2, is not UTF-8: byte 8"),
        (b"\x00\xff\x80", r"line 1, is not UTF-8"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place_and_without_its_words(
    content: str | bytes, fault: str, tmp_path: Path
) -> None:
    raw = content.encode() if isinstance(content, str) else content
    (tmp_path / "x.jsonl").write_bytes(raw)
    with pytest.raises(DataError, match=fault) as caught:
        records(tmp_path / "x.jsonl")
    assert "hush" not in str(caught.value)
    assert str(caught.value).endswith("Advice")


def test_halves_of_characters_come_through(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": "\\ud800"}\n', encoding="utf-8")
    assert records(tmp_path / "x.jsonl") == [(1, {"a": "\ud800"})]


def test_a_huge_line_is_refused_as_lines_and_streamed_as_a_document(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n{"a": "' + "x" * MAX_LINE_BYTES + '"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 2, is longer than 16 MiB"):
        records(tmp_path / "x.jsonl")
    many = ", ".join(['{"a": "' + "x" * 1000 + '"}'] * (MAX_LINE_BYTES // 1000))
    (tmp_path / "x.json").write_text('{"data": [' + many + "]}", encoding="utf-8")
    assert sum(1 for _ in rows(tmp_path / "x.json").numbered) == MAX_LINE_BYTES // 1000


def test_titles_tell_files_apart_and_name_no_more_than_one_folder(tmp_path: Path) -> None:
    for name in ("one/a.csv", "two/a.csv", "two/b.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n", encoding="utf-8")
    files = Files(str(tmp_path), "Advice").matching("*.csv")
    assert [title for _, title in titles(files)] == ["one/a.csv", "two/a.csv", "b"]

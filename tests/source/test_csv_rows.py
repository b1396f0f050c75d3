from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.csv_rows import csv_rows
from doppel.source.files import MAX_LINE_BYTES, File


def read(file: Path, content: str | bytes) -> tuple[tuple[str, ...], list[Any]]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    columns, rows = csv_rows(File(file, None, "Advice"))
    return columns, list(rows)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_header_tells_what_separates_the_fields(separator: str, end: str, tmp_path: Path) -> None:
    lines = [["who", "what, said; so | \tthere"], ["Anna", 'a ""word"", here']]
    content = end.join(separator.join(f'"{field}"' for field in line) for line in lines) + end
    columns, rows = read(tmp_path / "x.csv", content)
    assert columns == ("who", "what, said; so | \tthere")
    assert rows == [(2, {"who": "Anna", "what, said; so | \tthere": 'a "word", here'})]


def test_quoted_fields_go_over_lines_and_numbers_are_of_the_first(tmp_path: Path) -> None:
    _, rows = read(tmp_path / "x.csv", 'a,b\n1,"two\nlines"\n\n3,4\n')
    assert rows == [(2, {"a": "1", "b": "two\nlines"}), (5, {"a": "3", "b": "4"})]


def test_rows_that_do_not_fit_the_header_are_none_a_line(tmp_path: Path) -> None:
    _, rows = read(tmp_path / "x.csv", 'a,b\n1\n1,2,3\n5,"6\n7",8\n9,0\n')
    assert rows == [(2, None), (3, None), (4, None), (5, None), (6, {"a": "9", "b": "0"})]


def test_an_empty_file_has_no_columns(tmp_path: Path) -> None:
    assert read(tmp_path / "x.csv", "") == ((), [])


def test_long_fields_are_read(tmp_path: Path) -> None:
    _, rows = read(tmp_path / "x.csv", "a,b\n1," + "x" * 200_000 + "\n")
    assert len(rows[0][1]["b"]) == 200_000


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.csv, line 1: its columns 1 and 3 have the same name\. Advice"):
        read(tmp_path / "x.csv", "a,b,a\n1,2,3\n")


def test_a_quote_that_never_closes_is_refused_with_its_line(tmp_path: Path) -> None:
    lines = ("x" * 999 + "\n") * (MAX_LINE_BYTES // 1000 + 10)
    with pytest.raises(DataError, match="line 3, begins a quoted field that does not close"):
        read(tmp_path / "x.csv", f'a,b\n1,2\n3,"{lines}')


def test_old_line_ends_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2, is no CSV \(new-line character"):
        read(tmp_path / "x.csv", "a,b\n1,2\r3,4\n")


def test_another_encoding_is_refused_with_line_and_byte(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2, is not UTF-8: byte 3"):
        read(tmp_path / "x.csv", "a,b\n1,\u043f\n".encode("cp1251"))

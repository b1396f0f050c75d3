import builtins
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doppel.errors import DataError
from doppel.source.files import File, Files
from doppel.source.parquet_rows import BATCH_ROWS, parquet_columns, parquet_rows
from doppel.source.rows import rows_of


def table(file: Path, number: int) -> File:
    pq.write_table(pa.table({"a": list(range(number)), "b": ["x"] * number}), file, row_group_size=100)
    return File(file, None, "Advice")


def test_rows_are_numbered_over_batches(tmp_path: Path) -> None:
    file = table(tmp_path / "x.parquet", BATCH_ROWS + 1)
    assert parquet_columns(file) == ("a", "b")
    rows = list(parquet_rows(file))
    assert rows[0] == (1, {"a": 0, "b": "x"})
    assert rows[-1] == (BATCH_ROWS + 1, {"a": BATCH_ROWS, "b": "x"})


def test_the_content_tells_the_format(tmp_path: Path) -> None:
    rows = rows_of(table(tmp_path / "x.dat", 2), "x")
    assert (rows.unit, rows.columns, len(list(rows.numbered))) == ("row", ("a", "b"), 2)


@pytest.mark.parametrize("kept_bytes", [8, 400])
def test_a_cut_file_is_refused(kept_bytes: int, tmp_path: Path) -> None:
    file = table(tmp_path / "x.parquet", 1000)
    file.path.write_bytes(file.path.read_bytes()[:kept_bytes])
    with pytest.raises(DataError, match=r"x\.parquet is a damaged Parquet file \("):
        parquet_columns(file)


def test_damage_inside_is_told_with_the_row(tmp_path: Path) -> None:
    file = table(tmp_path / "x.parquet", 3000)
    raw = bytearray(file.path.read_bytes())
    raw[4:200] = b"\xff" * 196
    file.path.write_bytes(raw)
    with pytest.raises(DataError, match="is a damaged Parquet file after row 0"):
        list(parquet_rows(file))


def test_inside_an_archive_it_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(table(tmp_path / "x.parquet", 1).path, "x.parquet")
    (file,) = Files(str(tmp_path / "x.zip"), "Advice").matching("*.parquet")
    with pytest.raises(DataError, match=r"cannot be read inside an archive\. Unpack it"):
        rows_of(file, "x")


def test_without_pyarrow_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, found = table(tmp_path / "x.parquet", 1), builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return found(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r'pip install "doppel\[parquet\]"'):
        parquet_columns(file)

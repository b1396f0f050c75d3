"""The records of a Parquet file, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.files import File

BATCH_ROWS = 1024  # decoded at a time: memory, not speed, is what this bounds


def parquet_columns(file: File) -> tuple[str, ...]:
    """The names of the columns. Raises: DataError for a damaged file, or where pyarrow is not installed."""
    with _opened(file) as table:
        return tuple(table.schema_arrow.names)


def parquet_rows(file: File) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(number from 1, fields) of each row. Raises: DataError."""
    number = 0
    with _opened(file) as table:
        for batch in _batches(file, table):
            for fields in batch:
                number += 1
                yield number, fields


def _batches(file: File, table: Any) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa

    batches, read = table.iter_batches(batch_size=BATCH_ROWS), 0
    while True:
        try:
            rows = next(batches).to_pylist()
        except StopIteration:
            return
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _damaged(file, error, f" after row {read:,}") from error
        read += len(rows)
        yield rows


@contextmanager
def _opened(file: File) -> Iterator[Any]:
    if file.member is not None:
        raise DataError(f"{file.label}: Parquet cannot be read inside an archive. Unpack it. {file.advice}")
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DataError(
            f'{file.label} is Parquet, which pyarrow reads, and that is not installed: pip install "doppel[parquet]"'
        ) from error
    try:
        table = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(file, error, "") from error
    with table:
        yield table


def _damaged(file: File, error: Exception, place: str) -> DataError:
    reason = str(error).partition("\n")[0]
    return DataError(f"{file.label} is a damaged Parquet file{place} ({reason}). Copy or make it again. {file.advice}")

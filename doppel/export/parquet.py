"""OpenAI's shape in a Parquet table, which `datasets`, pandas and polars load at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.errors import DataError, RunError
from doppel.export.conversation import Exported, contents
from doppel.export.lines import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from doppel.types import Sample

ROWS = 1000  # of a row group: what is in memory at once


class Parquet:
    """Columns `messages` (role, name, content, and a weight from 0 to 1), `chat`, `started_at`, and the sample."""

    suffix = ".parquet"

    def __init__(self, *, joins_bursts: bool, keeps_samples: bool) -> None:
        self.joins_bursts = joins_bursts
        self.keeps_samples = keeps_samples

    def __call__(self, samples: Iterable[Sample], file: Path) -> Exported:
        """What was written. Raises: RunError; DataError where pyarrow is not installed."""
        arrow, parquet = _pyarrow()
        schema, number, changes = self._schema(arrow), 0, Counter[str]()
        rows: list[dict[str, Any]] = []
        try:
            with parquet.ParquetWriter(file, schema) as table:
                for sample in samples:
                    row = self._row(sample, changes)
                    if row is None:
                        continue
                    number += 1
                    rows.append(row)
                    if len(rows) == ROWS:
                        table.write_batch(arrow.RecordBatch.from_pylist(rows, schema))
                        rows = []
                table.write_batch(arrow.RecordBatch.from_pylist(rows, schema))
        except OSError as error:
            raise RunError(f"{file} cannot be written: {error}; free some space or type outputs=...") from error
        return Exported(number, changes)

    def _schema(self, arrow: Any) -> Any:
        text, number = arrow.string(), arrow.float32()
        message = arrow.struct([("role", text), ("name", text), ("content", text), ("weight", number)])
        columns = [("messages", arrow.list_(message)), ("chat", text), ("started_at", arrow.timestamp("us", tz="UTC"))]
        return arrow.schema([*columns, (SAMPLE, text)] if self.keeps_samples else columns)

    def _row(self, sample: Sample, changes: Counter[str]) -> dict[str, Any] | None:
        said = contents(sample, is_joined=self.joins_bursts, changes=changes)
        if not said:
            return None
        messages = [
            {
                "role": "assistant" if one.is_persona else "user",
                "name": one.name,
                "content": one.content,
                "weight": sample.weight * one.is_learnt,
            }
            for one in said
        ]
        started_at = sample.started_at if sample.is_timed else None
        row: dict[str, Any] = {"messages": messages, "chat": sample.chat_name, "started_at": started_at}
        return row | {SAMPLE: msgspec.json.encode(sample).decode()}


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DataError('Parquet needs pyarrow: type pip install "doppel[parquet]", or export=openai') from error
    return pa, pq

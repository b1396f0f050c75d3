"""Metrics as a CSV file: a row for each thing logged, floats exact, the same after a resume as without one."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from doppel.errors import RunError

FILE_NAME = "metrics.csv"


class CsvLogger(Logger):
    """Appends to metrics.csv in `folder`, columns step, epoch and the names logged. Each row is on file at once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = folder / FILE_NAME
        self._columns: list[str] = []

    @property
    def name(self) -> None:
        """None: the folder is the run's own."""

    @property
    def version(self) -> None:
        """None: the folder is the run's own."""

    def log_hyperparams(self, params: Any, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: the run's folder holds its config."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Appends one row; a new name becomes a new column. Raises: RunError where the disk refuses."""
        row = {"step": step, **metrics}
        with self._refusals_explained():
            if not self._columns and self._file.exists():
                self._columns = self._read()[0]
            new = [name for name in dict.fromkeys(("step", "epoch", *metrics)) if name not in self._columns]
            if new:
                rows = self._read()[1] if self._file.exists() else []
                self._columns += new
                self._rewrite(rows)
            with self._file.open("a", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerow([_cell(row.get(name)) for name in self._columns])

    @rank_zero_only
    def cut_after(self, step: int) -> None:
        """Drops the rows after a step, which a run that goes on from there will write again.

        A run that logs nothing at all (a log interval longer than itself) leaves a file with no rows.
        """
        with self._refusals_explained():
            self._columns, rows = self._read() if self._file.exists() else (["step", "epoch"], [])
            self._rewrite([row for row in rows if int(row["step"]) <= step])

    @contextlib.contextmanager
    def _refusals_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(
                f"{self._file} cannot be written: {error.strerror}. Checkpoints saved before are intact: "
                "mend that, then type resume= with the folder of this run"
            ) from error

    def _read(self) -> tuple[list[str], list[dict[str, str]]]:
        with self._file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            # A killed process may leave a last line without its end: a short row, and no number can be trusted in it.
            rows = [row for row in reader if None not in row.values()]
            return list(reader.fieldnames or []), rows

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        partial = self._file.with_suffix(".partial")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, self._columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._file)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)

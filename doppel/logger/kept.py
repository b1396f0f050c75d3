"""Metrics in memory, for whoever started the run."""

from __future__ import annotations

from typing import Any

from pytorch_lightning.loggers import Logger


class KeptLogger(Logger):
    """Keeps every row that is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []

    @property
    def name(self) -> None:
        """None: nothing is written."""

    @property
    def version(self) -> None:
        """None: nothing is written."""

    def log_hyperparams(self, params: Any, *_args: Any, **_kwargs: Any) -> None:
        """Nothing."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Keeps one row."""
        self.rows.append({"step": step or 0, **metrics})

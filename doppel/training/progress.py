"""Progress where nobody sees a bar move: a log, a pipe, a batch system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback

LINES = 10  # in a whole run; a bar would write one for every step


class ProgressLines(Callback):
    """Says every tenth of the run how far it is, by `say`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told = 0  # the step last told

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Goes on from where a resumed run is."""
        self._told = trainer.global_step

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Says where the run is once another tenth of it is done."""
        step, total = trainer.global_step, trainer.estimated_stepping_batches
        if trainer.is_global_zero and step > self._told and step * LINES // total > self._told * LINES // total:
            self._told = step
            self._say(f"step {step} of {total}: training loss {float(trainer.callback_metrics['train/loss']):.3f}")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Says what a validation found."""
        if trainer.is_global_zero and not trainer.sanity_checking:
            loss = float(trainer.callback_metrics["validation/loss"])
            self._say(f"step {trainer.global_step}: validation loss {loss:.3f}")

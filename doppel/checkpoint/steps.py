"""A checkpoint every so many optimizer steps or minutes, the best one by validation loss, and one at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import Checkpoint

from doppel.checkpoint import files
from doppel.types import PositiveFloat, PositiveInt

MONITOR = "validation/loss"


class Steps(Checkpoint):
    """Saves between optimizer steps only, so that every checkpoint can be gone on from exactly.

    A step's checkpoint is saved before the validation that may follow it and again after, with what other callbacks
    have made of the result: Lightning would not repeat that validation after a resume.
    """

    def __init__(
        self,
        folder: Path,
        *,
        every_n_steps: PositiveInt | None,
        every_n_minutes: PositiveFloat | None,
        keep: PositiveInt,
    ) -> None:
        self._folder, self._keep = folder, keep
        self._every_n_steps, self._every_n_minutes = every_n_steps, every_n_minutes
        self._saved_at = 0.0  # by this process's clock, in seconds
        self._best_step: int | None = None
        self.best_loss = float("inf")  # nats per learnt token, at `best`
        self._saved_step: int | None = None

    @property
    def best(self) -> Path | None:
        """The checkpoint with the lowest validation loss, None where there was no validation."""
        return None if self._best_step is None else files.path_of(self._folder, self._best_step)

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002
        """Clears away what a killed process was writing."""
        if trainer.is_global_zero and self._folder.is_dir():
            for partial in self._folder.glob(files.PARTIAL_PATTERN):
                partial.unlink()

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._saved_at = time.monotonic()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Saves where a step has ended and its checkpoint is due."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        step = trainer.global_step
        is_last = step >= trainer.estimated_stepping_batches
        is_counted = self._every_n_steps is not None and step % self._every_n_steps == 0
        if is_last or is_counted or self._is_time(trainer):
            self._save(trainer)

    def _is_time(self, trainer: Any) -> bool:
        """Whether the first process's clock says so: all save or none does, whatever the others' clocks say."""
        if self._every_n_minutes is None:
            return False
        is_due = time.monotonic() - self._saved_at >= 60 * self._every_n_minutes
        return trainer.strategy.reduce_boolean_decision(trainer.is_global_zero and is_due, all=False)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Saves the best so far, and what was saved just before this validation."""
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        loss = float(trainer.callback_metrics[MONITOR])
        is_best = loss < self.best_loss
        if is_best:
            self._best_step, self.best_loss = trainer.global_step, loss
        if is_best or self._saved_step == trainer.global_step:
            self._save(trainer)

    def _save(self, trainer: Any) -> None:
        self._saved_step, self._saved_at = trainer.global_step, time.monotonic()
        trainer.save_checkpoint(files.path_of(self._folder, trainer.global_step), weights_only=False)
        if trainer.is_global_zero:
            # Newer files than this step are of a run that went further: not ours to remove.
            older = [file for file in files.all_in(self._folder) if files.step_of(file) <= trainer.global_step]
            for file in older[: -self._keep]:
                if file != self.best:
                    file.unlink()

    def state_dict(self) -> dict[str, Any]:
        """What is the best so far."""
        return {"best_step": self._best_step, "best_loss": self.best_loss}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a state taken before."""
        self._best_step, self.best_loss = state_dict["best_step"], state_dict["best_loss"]

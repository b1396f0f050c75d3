"""Ctrl-C, SIGTERM, SIGUSR1 and SIGUSR2: the step is finished, a checkpoint saved, and all processes stop together."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from types import FrameType
from typing import Any

from pytorch_lightning import Callback

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name))
SAME_REQUEST_SECONDS = 1.0  # a batch system signals both a launcher and its workers, and the launcher passes it on


class Interrupt(Callback):
    """Must come before the checkpoint callback, which saves because training ends (Lightning puts checkpoints last)."""

    def __init__(self) -> None:
        self.interrupted = False  # whether a signal ended training before its time
        self._asked_at: dict[int, float] = {}  # signal -> when it came first
        self._handlers_before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Takes the signals from Lightning, whose SIGTERM handler broadcasts from within a signal.

        Lightning registers its handlers just before, and puts back what it found when the fit has ended.
        """
        for number in SIGNALS:
            signal.signal(number, self._note)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Gives the signals back where nothing is trained: Lightning would only take note of SIGTERM there."""
        if trainer.state.fn != "fit":
            for number, handler in self._handlers_before.items():
                signal.signal(number, handler)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Ends training after this step if any process was told to stop. All agree: all ask at every step."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        if not trainer.strategy.reduce_boolean_decision(bool(self._asked_at), all=False):
            return
        if trainer.global_step < trainer.estimated_stepping_batches:
            self.interrupted = True
            # Not trainer.should_stop: Lightning then validates first, which the uninterrupted run does not.
            trainer.fit_loop.epoch_loop.max_steps = trainer.global_step

    def _note(self, number: int, _frame: FrameType | None) -> None:
        now, is_first = time.monotonic(), not self._asked_at
        before = self._asked_at.setdefault(number, now)
        if is_first:
            name = signal.Signals(number).name
            if os.environ.get("RANK", "0") == "0":
                # Not print or logging: neither may be entered again from within a signal.
                with contextlib.suppress(OSError):  # who would read it may be gone: a closed terminal
                    os.write(2, f"\n{name}: saving a checkpoint after this step; again to leave at once\n".encode())
        elif now - before > SAME_REQUEST_SECONDS:  # not SIGTERM after SIGUSR1: SLURM sends both, minutes apart
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

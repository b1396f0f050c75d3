"""A learning rate by a range test (Smith, 2017): raised at every step until the loss no longer bears it."""

from __future__ import annotations

import math
from typing import Any

from pytorch_lightning import Callback

LOWEST_RATE, HIGHEST_RATE = 1e-6, 1.0
SMOOTHING = 0.9  # of the loss from step to step: the last ten or so count
DIVERGED = 4.0  # so many times the lowest loss is enough
SMALLEST_FALL = 1e-3  # nats for a rate e times as high: less is rounding
FIRST_STEPS = 5  # that tell nothing yet: the optimizer and the smoothed loss begin


class RangeTest(Callback):
    """Trains `steps` steps at rates from LOWEST_RATE to HIGHEST_RATE, each as many times the one before."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self.curve: list[tuple[float, float]] = []  # (learning rate, loss) of each step

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Sets the rate of the step."""
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self._rate(trainer.global_step)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Notes the loss once a step is whole; ends where it has grown too large to come back."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        self.curve.append((self._rate(trainer.global_step - 1), float(trainer.callback_metrics["train/loss"])))
        losses = smoothed([loss for _, loss in self.curve])
        if len(losses) > FIRST_STEPS and losses[-1] > DIVERGED * min(losses):
            trainer.should_stop = True

    def _rate(self, step: int) -> float:
        return LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** (step / (self._steps - 1))


def smoothed(losses: list[float]) -> list[float]:
    """The running mean of each, the last ones counting most, unbiased at the beginning."""
    means, mean = [], 0.0
    for step, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        means.append(mean / (1 - SMOOTHING**step))
    return means


def steepest(curve: list[tuple[float, float]]) -> float | None:
    """The rate at which the smoothed loss falls fastest over the logarithm of the rate; None where it never falls."""
    losses = smoothed([loss for _, loss in curve])
    slopes = [
        ((losses[at + 1] - losses[at - 1]) / math.log(curve[at + 1][0] / curve[at - 1][0]), curve[at][0])
        for at in range(FIRST_STEPS, len(curve) - 1)
    ]
    if not slopes or min(slopes)[0] > -SMALLEST_FALL:
        return None
    return min(slopes)[1]

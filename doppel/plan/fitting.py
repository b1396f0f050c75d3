"""Lightning's trainer on a device that is not there: what it needs of an accelerator, a strategy's side and batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from pytorch_lightning import Callback
from pytorch_lightning.accelerators import Accelerator
from pytorch_lightning.plugins.precision import MixedPrecision, Precision
from torch import Tensor

from doppel.plan.tracker import Tracker


class Nowhere(Accelerator):
    """A device of tensors without memory."""

    def setup_device(self, device: torch.device) -> None:
        """Nothing: there is nothing to be set up."""

    def get_device_stats(self, device: Any) -> dict[str, Any]:  # noqa: ARG002
        """None."""
        return {}

    def teardown(self) -> None:
        """Nothing."""

    @staticmethod
    def parse_devices(devices: Any) -> int:
        """As many as are asked for."""
        return int(devices)

    @staticmethod
    def get_parallel_devices(devices: Any) -> list[torch.device]:
        """As many of the one kind."""
        return [torch.device("meta")] * int(devices)

    @staticmethod
    def auto_device_count() -> int:
        """One."""
        return 1

    @staticmethod
    def is_available() -> bool:
        """Everywhere."""
        return True

    @staticmethod
    def name() -> str:
        """What Lightning calls it."""
        return "nowhere"


class Mixed(MixedPrecision):
    """Products in 16 bits, by torch.autocast for tensors without memory; fp16's scale of the loss is left out."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__("bf16-mixed", "meta")
        self._dtype = dtype

    def autocast_context_manager(self) -> AbstractContextManager[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Lightning's, on the device that is not there."""
        return torch.autocast("meta", dtype=self._dtype)


def precision_plugin(name: str) -> Precision:
    """Lightning's plugin for 32-true, bf16-mixed or 16-mixed."""
    if name == "32-true":
        return Precision()
    return Mixed(torch.bfloat16 if name == "bf16-mixed" else torch.float16)


class Phases(Callback):
    """Tells the tracker which part of a step begins."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """The forward."""
        self._tracker.begin("forward")

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Tensor) -> None:  # noqa: ARG002
        """The backward."""
        self._tracker.begin("backward")

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:  # noqa: ARG002
        """The step: norm, clipping and the optimizer."""
        self._tracker.begin("step")

    def on_before_zero_grad(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:  # noqa: ARG002
        """The gradients of the last step are let go of."""
        self._tracker.begin("step")

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """The end of a step, where it was one."""
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            inner = getattr(trainer.optimizers[0], "_optimizer", trainer.optimizers[0])
            self._tracker.end_step(_tensors(inner.state))


def _tensors(state: Any) -> Iterator[Tensor]:
    for values in state.values():
        yield from (value for value in values.values() if isinstance(value, Tensor))

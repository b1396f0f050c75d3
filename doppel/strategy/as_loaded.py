"""How DeepSpeed computes: in the dtypes that the model has, under autocast where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from pytorch_lightning.plugins.precision.deepspeed import DeepSpeedPrecision
from torch import Tensor, nn


class AsLoaded(DeepSpeedPrecision):
    """Casts neither the model nor a batch, both of which Lightning's own does.

    What is called before an optimizer step is called once for each, not for each accumulated micro-batch.
    """

    def __init__(self, autocast: torch.dtype | None) -> None:
        super().__init__("32-true")
        self._autocast = autocast

    def convert_module(self, module: nn.Module) -> nn.Module:
        """The module as it is: a base may be in 16 bits or fewer beside an adapter in 32."""
        return module

    def convert_input(self, data: Any) -> Any:
        """The batch as it is: weights of samples are as exact as they came."""
        return data

    def forward_context(self) -> AbstractContextManager[Any]:
        """Autocast, if any, also where no engine of DeepSpeed's is around the model."""
        if self._autocast is None:
            return nullcontext()
        return torch.autocast("cuda" if torch.cuda.is_available() else "cpu", dtype=self._autocast)

    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        tensor: Tensor,
        model: Any,
        optimizer: Any,  # noqa: ARG002
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Adds the gradients of a loss that Lightning has divided by the accumulated micro-batches.

        DeepSpeed would divide once more: gradients of half the size with 2 of them, which AdamW hides and clipping not.
        """
        model.trainer.model.backward(tensor, *args, scale_wrt_gas=False, **kwargs)

    def optimizer_step(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, optimizer: Any, model: Any, closure: Callable[[], Any], **kwargs: Any
    ) -> Any:
        """Runs a micro-batch; with the last one of a step, the step."""
        closure()
        engine = model.trainer.model
        if engine.is_gradient_accumulation_boundary():
            self._after_closure(model, optimizer)
        return engine.step(**kwargs)

"""The whole model in every process, gradients averaged: NCCL between GPUs, gloo between CPU processes."""

from __future__ import annotations

from datetime import timedelta

from pytorch_lightning.strategies import DDPStrategy

from doppel.strategy.portable import Portable
from doppel.strategy.ranks import require_rank
from doppel.types import PositiveInt


def ddp(*, devices: PositiveInt, find_unused_parameters: bool, timeout_minutes: PositiveInt) -> DDP:
    """The strategy for one of `devices` processes that our launcher has started on this machine. Raises: RunError."""
    require_rank(devices, "ddp")
    return DDP(
        timeout=timedelta(minutes=timeout_minutes),
        find_unused_parameters=find_unused_parameters,
    )


class DDP(Portable, DDPStrategy):
    """Lightning's own, with checkpoints that other strategies load."""

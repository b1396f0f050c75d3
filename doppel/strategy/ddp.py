"""The whole model in every process, gradients averaged: NCCL between GPUs, gloo between CPU processes."""

from __future__ import annotations

import os
from datetime import timedelta

import torch
from pytorch_lightning.strategies import DDPStrategy

from doppel.errors import RunError
from doppel.types import PositiveInt


def ddp(*, devices: PositiveInt, find_unused_parameters: bool, timeout_minutes: PositiveInt) -> DDPStrategy:
    """The strategy for one of `devices` processes that our launcher has started on this machine.

    Lightning starts no processes of its own where LOCAL_RANK is set (its own launcher breaks sweeps).
    Raises: RunError where this process is none of them.
    """
    local_rank = os.environ.get("LOCAL_RANK", "")
    if not local_rank.isdecimal() or int(local_rank) >= devices:
        raise RunError(
            f"LOCAL_RANK is {local_rank!r}, and {devices} processes must be numbered 0 to {devices - 1}: "
            "start the run with `doppel train strategy=ddp`, which starts its processes itself"
        )
    return DDPStrategy(
        process_group_backend="nccl" if torch.cuda.is_available() else "gloo",
        timeout=timedelta(minutes=timeout_minutes),
        find_unused_parameters=find_unused_parameters,
    )


def leave_group() -> None:
    """Closes this process's connection to the others, if any: an open one is complained of when the process ends."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()

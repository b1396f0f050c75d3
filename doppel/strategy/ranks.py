"""This process's place among those that learn together."""

from __future__ import annotations

import os

import torch

from doppel.errors import RunError


def require_rank(devices: int, option: str) -> None:
    """Nothing, if this process is one of `devices` that our launcher has numbered on this machine.

    Lightning starts no processes of its own where LOCAL_RANK is set (its own launcher breaks sweeps).
    Raises: RunError where this process is none of them.
    """
    local_rank = os.environ.get("LOCAL_RANK", "" if devices > 1 else "0")  # a lone process needs no number
    if not local_rank.isdecimal() or int(local_rank) >= devices:
        raise RunError(
            f"LOCAL_RANK is {local_rank!r}, and {devices} processes must be numbered 0 to {devices - 1}: "
            f"start the run with `doppel train strategy={option}`, which starts its processes itself"
        )


def leave_group() -> None:
    """Closes this process's connection to the others, if any: an open one is complained of when the process ends."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()

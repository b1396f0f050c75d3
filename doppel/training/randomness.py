"""The random state of every process, so that a run taken up again draws what it would have drawn."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np
import torch
from torch import distributed


def seed(number: int) -> None:
    """Seeds python, numpy and torch on all devices."""
    random.seed(number)
    np.random.seed(number % 2**32)
    torch.manual_seed(number)


def number_of(*parts: int) -> int:
    """A seed that is a pure function of several numbers, unlike for any other ones."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big") % 2**63


def of_all_processes() -> list[dict[str, Any]]:
    """The random states by rank, of plain types and tensors only: torch.load(weights_only=True) reads them.

    All processes must call it together.
    """
    own = _of_this_process()
    if not (distributed.is_available() and distributed.is_initialized()):
        return [own]
    states: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(states, own)
    return states


def restore(state: dict[str, Any]) -> None:
    """Sets this process's generators to a state taken before."""
    random.setstate(state["python"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def _of_this_process() -> dict[str, Any]:
    kind, keys, *rest = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (kind, [int(key) for key in keys], *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state() if torch.cuda.is_available() else None,
    }

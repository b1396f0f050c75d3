"""The tensors among an operation's arguments or results: torch's own walk of them takes a third of a simulation."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def tensors_in(value: Any) -> list[Tensor]:
    """All tensors in a value: itself, or in tuples, lists and dicts within each other, in their order."""
    found: list[Tensor] = []
    _walk(value, found)
    return found


def _walk(value: Any, found: list[Tensor]) -> None:
    if isinstance(value, Tensor):
        found.append(value)
    elif isinstance(value, (tuple, list)):
        for one in value:
            _walk(one, found)
    elif isinstance(value, dict):
        for one in value.values():
            _walk(one, found)

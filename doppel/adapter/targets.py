"""Which modules an adapter goes beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY_LINEAR = "all-linear"


def named(targets: str | Sequence[str]) -> str | list[str]:
    """The targets as PEFT takes them; a lone name becomes a list, as PEFT reads a string as a regular expression."""
    if targets == EVERY_LINEAR:
        return EVERY_LINEAR
    return [targets] if isinstance(targets, str) else list(targets)


def linear_modules(model: nn.Module) -> list[str]:
    """The full names of the modules that an adapter can go beside."""
    # GPT-2's Conv1D by its name: a linear layer of transformers' own.
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D"
    ]


def has_linear(model: nn.Module, target: str) -> bool:
    """Whether some linear layer's name is the target or ends with it."""
    return any(f".{name}".endswith(f".{target}") for name in linear_modules(model))


def require_targets(model: nn.Module, targets: str | list[str], *, key: str = "adapter.targets") -> None:
    """Nothing, if every target is the last part of some linear layer's name, or they are the word `all-linear`.

    PEFT objects only if no target at all is found, so a misspelt one among others would be left out in silence.
    Raises: ModelError, naming the modules there are.
    """
    if targets == EVERY_LINEAR:
        return
    names = linear_modules(model)
    unknown = [target for target in targets if not any(f".{name}".endswith(f".{target}") for name in names)]
    if unknown or not targets:
        there = sorted({name.rpartition(".")[2] for name in names})
        raise ModelError(
            f"{key}: {', '.join(unknown) or 'an empty list'} names no linear layer of this model. "
            f"Accepted: {EVERY_LINEAR}, or a list of {', '.join(there)}. "
            f"Type {key}={EVERY_LINEAR} or {key}=[{','.join(there[:2])}]"
        )

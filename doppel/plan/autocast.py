"""torch.autocast for tensors without memory, by the rules that CUDA has: torch itself has none for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

aten: Any = torch.ops.aten


class _State:
    """What the innermost context says, and the weights that have been cast within the outermost one."""

    def __init__(self) -> None:
        self.is_enabled, self.dtype, self.depth = False, torch.bfloat16, 0
        self.cast_weights: dict[int, Tensor] = {}

    @contextmanager
    def context(self, dtype: torch.dtype | None, *, enabled: bool) -> Iterator[None]:
        before = self.is_enabled, self.dtype
        self.is_enabled, self.dtype = enabled, dtype or self.dtype
        self.depth += 1
        try:
            yield
        finally:
            self.is_enabled, self.dtype = before
            self.depth -= 1
            if not self.depth:
                self.cast_weights.clear()

    def lower(self, value: Any) -> Any:
        """The tensor in 16 bits. Trained weights are cast once in a context, frozen ones each time, as torch does."""
        if not isinstance(value, Tensor) or not value.is_floating_point() or value.dtype == self.dtype:
            return value
        if not (value.is_leaf and value.requires_grad):
            return value.to(self.dtype)
        if id(value) not in self.cast_weights:
            self.cast_weights[id(value)] = value.to(self.dtype)
        return self.cast_weights[id(value)]


def _raised(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16) else value


@contextmanager
def autocast_on_meta(*, casts: bool) -> Iterator[None]:
    """Inside, torch.autocast and what asks about it know tensors without memory; with `casts`, products follow it."""
    state = _State()
    with ExitStack() as stack:
        for place, name, made in _questions(state):
            stack.enter_context(patch.object(place, name, made))
        if casts:
            stack.enter_context(_casting(state))
        yield


def _questions(state: _State) -> list[tuple[Any, str, Any]]:
    own: Any = torch.autocast
    is_enabled, dtype_of, is_available = (
        torch.is_autocast_enabled,
        torch.get_autocast_dtype,
        torch.amp.is_autocast_available,
    )

    def autocast(device_type: str, dtype: Any = None, enabled: bool = True, **rest: Any) -> AbstractContextManager[Any]:  # noqa: FBT001, FBT002 (torch's signature)
        if device_type == "meta":
            return state.context(dtype, enabled=enabled)
        return own(device_type, dtype=dtype, enabled=enabled, **rest)

    def enabled_for(device_type: str | None = None) -> bool:
        if device_type == "meta":
            return state.is_enabled
        return is_enabled() if device_type is None else is_enabled(device_type)

    return [
        (torch, "autocast", autocast),
        (torch.amp, "autocast", autocast),
        (torch, "is_autocast_enabled", enabled_for),
        (torch, "get_autocast_dtype", lambda kind: state.dtype if kind == "meta" else dtype_of(kind)),
        (torch.amp, "is_autocast_available", lambda device_type: device_type == "meta" or is_available(device_type)),
    ]


@contextmanager
def _casting(state: _State) -> Iterator[None]:
    library = torch.library.Library("aten", "IMPL")

    def override(name: str, cast: Callable[[Any], Any], carry_out: Callable[..., Any]) -> None:
        def kernel(*args: Any, **kwargs: Any) -> Any:
            return carry_out(*(map(cast, args) if state.is_enabled else args), **kwargs)

        library.impl(name, kernel, "AutogradMeta")

    # Of torch's lists those that models of transformers call. Each is composed of other operations, so that torch can
    # be asked for the composition without coming back here.
    for name in ("linear", "matmul"):
        override(name, state.lower, getattr(aten, name).default.decompose)
    for name in ("softmax", "log_softmax"):
        override(f"{name}.int", _raised, getattr(aten, name).int.decompose)
    override("layer_norm", _raised, aten.layer_norm.default.decompose)
    override("addmm", state.lower, lambda bias, left, right, **_: torch.mm(left, right).add_(bias))
    try:
        yield
    finally:
        library._destroy()

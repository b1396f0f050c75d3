"""Operations whose results depend on values, which tensors without memory do not have."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from doppel.plan.leaves import tensors_in

aten = torch.ops.aten
SHAPED = ("aten", "bitsandbytes")  # libraries whose operations' outcomes have shapes that follow from shapes
LIARS = (aten._unsafe_view.default,)  # which share memory with what they are given, and do not say so
NoValue = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class Shapes:
    """Carries operations out once for all arguments of the same shapes: a model's layers ask for the same ones.

    What torch does to tell the shape of an outcome takes up to a millisecond, and a step has tens of thousands.
    """

    def __init__(self) -> None:
        self._is_plain: dict[Any, bool] = {}  # whether an operation makes new tensors and does nothing else
        self._made: dict[Any, Any] = {}

    def __call__(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The operation's outcome."""
        if func not in self._is_plain:
            self._is_plain[func] = _is_plain(func)
        if not self._is_plain[func]:
            return func(*args, **kwargs)
        try:
            key = func, _key(args), _key(tuple(kwargs.items()))
            if key in self._made:
                return _like(self._made[key])
        except TypeError:  # a tensor elsewhere, or what cannot be a key
            return func(*args, **kwargs)
        out = func(*args, **kwargs)
        if all(tensor.device.type == "meta" for tensor in tensors_in(out)):
            self._made[key] = _pattern(out)
        return out


def _is_plain(func: Any) -> bool:
    schema = func._schema
    shares = schema.is_mutable or any(one.alias_info is not None for one in schema.returns)
    return func.namespace in SHAPED and not (shares or func in LIARS)


def _key(value: Any) -> Any:
    if isinstance(value, Tensor):
        if value.device.type != "meta":
            raise TypeError
        return value.shape, value.stride(), value.dtype
    if isinstance(value, (tuple, list)):
        return tuple(map(_key, value))
    return type(value), value


def _pattern(out: Any) -> Any:
    if isinstance(out, Tensor):
        return _Pattern(tuple(out.shape), out.stride(), out.dtype)
    return type(out)(map(_pattern, out)) if isinstance(out, (tuple, list)) else out


def _like(pattern: Any) -> Any:
    if isinstance(pattern, _Pattern):
        return torch.empty_strided(pattern.shape, pattern.stride, dtype=pattern.dtype, device="meta")
    return type(pattern)(map(_like, pattern)) if isinstance(pattern, (tuple, list)) else pattern


@dataclass(frozen=True, slots=True)
class _Pattern:
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype


class Values:
    """Carries an operation out, and answers it where the answer is a value: numbers are 0, masks are True so often.

    A 0 is finite, so no training ends; a condition of 0 is false, so that a padding mask is one that pads.
    `learnt` is how many positions of a micro-batch are True in a mask by which something is selected. `shapes` may be
    those of another step: what was worked out there holds here.
    """

    def __init__(self, learnt: int, shapes: Shapes | None = None) -> None:
        self.learnt = learnt
        self._shapes = shapes or Shapes()
        self._answers: dict[Any, NoValue] = {
            aten._local_scalar_dense.default: _zero,
            aten.index.Tensor: self._selected,
            aten.index_put.default: _itself_copied,
            aten.index_put_.default: _itself,
            aten._index_put_impl_.default: _itself,
            aten._to_copy.default: _moved,
            aten.copy_.default: _copied,
            aten.nonzero.default: self._places,
        }

    def __call__(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The operation's outcome."""
        answer = self._answers.get(func)
        given = NotImplemented if answer is None else answer(args, kwargs)
        return self._shapes(func, args, kwargs) if given is NotImplemented else given

    def _selected(self, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
        source, (mask, *others) = args
        if mask is None or others or mask.dtype != torch.bool or mask.device.type != "meta":
            return NotImplemented
        number = min(self.learnt, math.prod(mask.shape))
        return source.new_empty((number, *source.shape[mask.ndim :]))

    def _places(self, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
        (tensor,) = args
        return tensor.new_empty((min(self.learnt, tensor.numel()), tensor.ndim), dtype=torch.int64)


def _is_masked(args: tuple[Any, ...]) -> bool:
    return any(index is not None and index.dtype == torch.bool for index in args[1])


def _itself(args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    return args[0] if _is_masked(args) else NotImplemented


def _itself_copied(args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    return torch.empty_like(args[0]) if _is_masked(args) else NotImplemented


def _zero(args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    tensor: Tensor = args[0]
    if tensor.device.type != "meta":
        return NotImplemented
    return False if tensor.dtype == torch.bool else 0.0 if tensor.is_floating_point() else 0


def _moved(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    tensor, device = args[0], kwargs.get("device")
    if tensor.device.type != "meta" or device is None or torch.device(device).type == "meta":
        return NotImplemented
    return torch.zeros(tensor.shape, dtype=kwargs.get("dtype") or tensor.dtype, device=device)


def _copied(args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    target, source = args[:2]
    return target if source.device.type == "meta" and target.device.type != "meta" else NotImplemented

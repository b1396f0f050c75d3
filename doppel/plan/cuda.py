"""Lets tensors without memory take the ways that CUDA takes, so that a step on them allocates what a GPU's would."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils import _foreach_utils

from doppel.plan.autocast import autocast_on_meta
from doppel.plan.tracker import Counts, Workspaces

aten: Any = torch.ops.aten
NARROW = 2  # bytes of a number of 16 bits
SUM = 4  # of one in which kernels sum


@contextmanager
def as_cuda(*, casts: bool) -> Iterator[None]:
    """Inside, operations on meta tensors go CUDA's ways: fused attention, dropout with a mask of bytes, foreach.

    With `casts`, products follow torch.autocast.
    """
    library = torch.library.Library("aten", "IMPL")
    library.impl("dropout", _dropout, "AutogradMeta")
    library.impl("scaled_dot_product_attention", _attention, "AutogradMeta")
    try:
        with ExitStack() as stack:
            for place in (_foreach_utils, importlib.import_module("torch.optim.optimizer")):
                for name in ("_get_foreach_kernels_supported_devices", "_get_fused_kernels_supported_devices"):
                    stack.enter_context(patch.object(place, name, _with_meta(getattr(place, name)())))
            stack.enter_context(autocast_on_meta(casts=casts))
            yield
    finally:
        library._destroy()


def _with_meta(devices: list[str]) -> Any:
    return lambda: [*devices, "meta"]


def _dropout(values: Tensor, share: float, is_training: bool) -> Tensor:  # noqa: FBT001 (torch's signature)
    # CUDA's keeps a mask of bytes; the composed one, which other devices take, a mask of the values' own dtype.
    return aten.native_dropout(values, share, train=True)[0] if is_training and share else values


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,  # noqa: FBT001, FBT002 (torch's signature)
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    # Flash attention where there is no mask, else the kernel that is as sparing and takes one. (GPUs before Ampere have
    # no flash attention; the other one keeps the same.)
    if attn_mask is None and query.element_size() == NARROW:
        kept = {"return_debug_mask": False, "scale": scale}
        return aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal, **kept)[0]
    if enable_gqa:
        shared = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(shared, -3), value.repeat_interleave(shared, -3)
    bias = None if attn_mask is None else _bias(attn_mask, query, key)
    needs_sums = torch.is_grad_enabled() and any(one.requires_grad for one in (query, key, value))
    return aten._scaled_dot_product_efficient_attention(
        query, key, value, bias, needs_sums, dropout_p, is_causal, scale=scale
    )[0]


def _bias(mask: Tensor, query: Tensor, key: Tensor) -> Tensor:
    # A mask of booleans becomes one of numbers, in each call anew: it is kept for the backward of each layer.
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=query.dtype).masked_fill_(mask.logical_not(), -math.inf)
    return mask.expand(query.shape[0], query.shape[1], query.shape[2], key.shape[2])


def _flash_backward(args: tuple[Any, ...], _out: Any) -> int:
    return SUM * math.prod(args[1].shape)  # of the queries' gradient


def _efficient_backward(args: tuple[Any, ...], _out: Any) -> int:
    return 4 * math.prod(args[1].shape) if args[1].element_size() < 4 else 0


def _dequantised(args: tuple[Any, ...], _out: Any) -> int:
    tokens = math.prod(args[0].shape[:-1])
    return 0 if tokens <= FUSED_TOKENS else args[0].element_size() * math.prod(args[2])


def _int8_sums(args: tuple[Any, ...], _out: Any) -> int:
    return SUM * math.prod(args[0].shape[:-1]) * args[1].shape[0]


# What kernels take for themselves, read from the sources of torch's flash attention and of bitsandbytes 0.50: a product
# with a 4-bit weight of more than a few tokens makes the weight in 16 bits first, one in int8 sums in int32.
FUSED_TOKENS = 32
WORKSPACES: Workspaces = {
    "_scaled_dot_product_flash_attention_backward": _flash_backward,
    "_scaled_dot_product_efficient_attention_backward": _efficient_backward,
    "gemm_4bit": _dequantised,
    "int8_scaled_mm": _int8_sums,
}


def _of_4bit(args: tuple[Any, ...], _out: Any) -> int:
    return 2 * math.prod(args[0].shape[:-1]) * math.prod(args[2])


def _of_int8(args: tuple[Any, ...], _out: Any) -> int:
    return 2 * math.prod(args[0].shape) * args[1].shape[0]


OPERATIONS: Counts = {"gemm_4bit": _of_4bit, "int8_scaled_mm": _of_int8}  # unknown to torch's own count

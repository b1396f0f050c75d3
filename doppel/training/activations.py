"""What a forward keeps for its backward: all of it, the layers' inputs alone, or nothing on the device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from doppel.errors import ModelError

SMALLEST_BYTES = 1024  # of a tensor that is worth moving


def checkpoint_layers(model: Any) -> None:
    """Makes a transformers model, with an adapter or without, keep the inputs of its layers alone while it trains.

    The backward reckons the rest once more: less memory, a third more arithmetic, the same gradients (Chen et al.,
    2016). In evaluation nothing changes, the cache of `generate` neither.
    Raises: ModelError where the architecture cannot.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    # transformers 5.23 renamed it; both take the arguments of torch's checkpoint first.
    name = "activation_checkpointing_enable"
    enable = getattr(base, name, None) or base.gradient_checkpointing_enable
    is_reentrant = _needs_reentrant(base)
    try:
        enable({"use_reentrant": is_reentrant})
    except ValueError as error:
        raise ModelError(f"{error} Type training.gradient_checkpointing=false") from error
    for module in base.modules():
        if type(module).__name__.endswith("Attention") and hasattr(module, "gradient_checkpointing"):
            # T5's attention would ask for gradients of its constant zero bias: memory, another kernel, another loss.
            module.gradient_checkpointing = False
    if not is_reentrant:
        # transformers lets gradients flow into frozen embeddings, which the reentrant kind alone needs.
        base.disable_input_require_grads()


def _needs_reentrant(model: nn.Module) -> bool:
    # LLM.int8 keeps its inputs as plain attributes, which only the reentrant kind lets go of. ZeRO 3 takes weights
    # apart again, which the other kind takes for another forward ("different metadata").
    is_int8 = any(type(module).__name__ == "Linear8bitLt" for module in model.modules())
    return is_int8 or any(hasattr(weights, "ds_id") for weights in model.parameters())


class Offloaded(saved_tensors_hooks):
    """Within it, what a forward keeps for its backward is moved to main memory, and comes back when it is needed.

    Parameters stay where they are, which torch's own save_on_cpu copies too: all frozen weights at every layer.
    """

    def __init__(self) -> None:
        super().__init__(_to_main_memory, _back)


Kept = tuple[torch.device | None, Tensor]


def _to_main_memory(tensor: Tensor) -> Kept:
    if _stays(tensor):
        return None, tensor
    # Page-locked, so that the copy waits for nobody; both copies queue up behind the work on the tensor.
    kept = torch.empty(tensor.size(), dtype=tensor.dtype, pin_memory=torch.cuda.is_available())
    kept.copy_(tensor, non_blocking=True)
    return tensor.device, kept


def _back(kept: Kept) -> Tensor:
    device, tensor = kept
    return tensor if device is None else tensor.to(device, non_blocking=True)


def _stays(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" or tensor.nbytes < SMALLEST_BYTES or _is_weight(tensor)


def _is_weight(tensor: Tensor) -> bool:
    return isinstance(tensor, nn.Parameter) or isinstance(tensor._base, nn.Parameter)

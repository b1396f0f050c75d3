"""Faster arithmetic for the same results: Liger's fused kernels, and layers compiled by torch."""

from __future__ import annotations

import importlib.util
from typing import Any, Literal

from doppel.errors import ModelError

Kernels = Literal["none", "liger"]


def use_kernels(model: Any, kernels: Kernels) -> None:
    """Puts fused kernels into a loaded model, with an adapter or without. The loss stays ours, which is fused already.

    Liger Kernel (Hsu et al., 2024): norms, rotary positions and gated feed-forward layers, in Triton.
    Raises: ModelError where the library is missing or does not know the architecture.
    """
    if kernels == "none":
        return
    if importlib.util.find_spec("liger_kernel") is None:
        raise ModelError(
            "training.kernels=liger needs Liger Kernel, which is not installed here: "
            'pip install "doppel[kernels]"; or type training.kernels=none'
        )
    from liger_kernel.transformers import monkey_patch  # pyright: ignore[reportMissingImports]

    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    known, kind = monkey_patch.MODEL_TYPE_TO_APPLY_LIGER_FN, base.config.model_type
    if kind not in known:
        raise ModelError(
            f"Liger Kernel has nothing for models of the kind {kind}; it knows {', '.join(sorted(known))}. "
            "Type training.kernels=none"
        )
    monkey_patch._apply_liger_kernel_to_instance(base, fused_linear_cross_entropy=False, cross_entropy=False)


def compile_layers(model: Any) -> None:
    """Lets torch compile the model's layers when they are first called: one piece for all layers of a kind.

    Layers, not the whole: what the head does differs with every batch, and adapters, checkpoints and gathered weights
    go on working as their hooks are outside. Shapes are left open, so that batches of other lengths are not compiled
    anew.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    kinds = set(base._no_split_modules or ())
    layers = [module for module in base.modules() if type(module).__name__ in kinds]
    if not layers:
        raise ModelError(f"{type(base).__name__} does not say what its layers are: type training.compiles=false")
    for layer in layers:
        layer.compile(dynamic=True)

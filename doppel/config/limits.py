"""Ranges of library parameters that YAML sets: their own checks come too late, after a model is loaded.

Package or class -> parameter -> type. The parameters of doppel's own targets carry theirs in the signature.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional

from annotated_types import Ge

from doppel.types import Fraction, NonNegativeFloat, NonNegativeInt, OpenFraction, PositiveFloat, PositiveInt

MinusOneOrMore = Annotated[int, Ge(-1)]

# ruff: noqa: UP045 (type checkers take no | on Annotated names outside annotations)
LIMITS: dict[str, dict[str, Any]] = {
    "bitsandbytes.optim": {
        "lr": PositiveFloat,
        "betas": tuple[OpenFraction, OpenFraction],
        "eps": PositiveFloat,
        "weight_decay": NonNegativeFloat,
        "optim_bits": Literal[8, 32],
        "min_8bit_size": PositiveInt,
        "is_paged": bool,
    },
    "torch.optim": {
        "lr": PositiveFloat,
        "betas": tuple[OpenFraction, OpenFraction],
        "eps": PositiveFloat,
        "weight_decay": NonNegativeFloat,
        "momentum": NonNegativeFloat,
        "dampening": NonNegativeFloat,
    },
    "transformers.optimization": {
        "lr": Optional[PositiveFloat],
        "weight_decay": NonNegativeFloat,
        "clip_threshold": PositiveFloat,
        "eps": tuple[PositiveFloat, PositiveFloat],
        "decay_rate": float,
        "beta1": Optional[OpenFraction],
        "name": Literal[
            "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt"
        ],
        "num_warmup_steps": NonNegativeInt,
    },
    "pytorch_lightning.Trainer": {
        "accelerator": Literal["auto", "cpu", "gpu", "cuda", "mps"],
        "devices": PositiveInt,
        "num_nodes": PositiveInt,
        "max_epochs": Optional[MinusOneOrMore],
        "max_steps": MinusOneOrMore,
        "min_epochs": Optional[NonNegativeInt],
        "min_steps": Optional[NonNegativeInt],
        "accumulate_grad_batches": PositiveInt,
        "gradient_clip_val": Optional[NonNegativeFloat],
        "gradient_clip_algorithm": Optional[Literal["norm", "value"]],
        "val_check_interval": PositiveInt | Optional[Fraction],
        "check_val_every_n_epoch": Optional[PositiveInt],
        "log_every_n_steps": PositiveInt,
        "limit_train_batches": PositiveInt | Optional[Fraction],
        "limit_val_batches": NonNegativeInt | Optional[Fraction],
        "num_sanity_val_steps": MinusOneOrMore,
    },
    "pytorch_lightning.callbacks": {
        "patience": PositiveInt,
        "min_delta": NonNegativeFloat,
        "mode": Literal["min", "max"],
        "refresh_rate": NonNegativeInt,
    },
}


def limit_of(target: str, name: str) -> Any | None:
    """The narrower type of a library parameter, None where the library's annotation is all there is."""
    for package, limits in LIMITS.items():
        if target == package or target.startswith(f"{package}."):
            return limits.get(name)
    return None

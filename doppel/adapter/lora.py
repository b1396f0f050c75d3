"""Low-rank matrices beside the base's own (Hu et al., 2021), with two later variants; the base stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from peft import LoraConfig

from doppel.adapter.new_rows import share_rows, token_rows
from doppel.adapter.peft_adapter import TASKS, PeftAdapter
from doppel.adapter.targets import named, require_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from doppel.types import Architecture, OpenFraction, PositiveFloat, PositiveInt

Bias = Literal["none", "all", "lora_only"]


class LoRA(PeftAdapter):
    """Trains `rank` x (in + out) weights per target, in fp32 whatever the base's dtype.

    `scaling` "sqrt_rank" divides alpha by the root of the rank (rsLoRA: Kalajdzievski, 2023); `is_decomposed` trains
    the length of each row of a target too (DoRA: Liu et al., 2024).
    The matrices are drawn from the global random state: seed it before `apply` to have the same ones again.
    """

    def __init__(
        self,
        *,
        rank: PositiveInt,
        alpha: PositiveFloat,
        dropout: OpenFraction,
        targets: str | list[str],
        bias: Literal["none", "all", "lora_only"],
        scaling: Literal["rank", "sqrt_rank"],
        is_decomposed: bool,
    ) -> None:
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = named(targets)
        self.bias: Bias = bias
        self.scaling = scaling
        self.is_decomposed = is_decomposed

    def config(self, model: Any, architecture: Architecture, new_ids: Sequence[int]) -> LoraConfig:
        """PEFT's own description. Raises: ModelError for a target that is not there."""
        require_targets(model, self.targets)
        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,  # pyright: ignore[reportArgumentType] (an int by annotation; only ever divided by r)
            lora_dropout=self.dropout,
            target_modules=self.targets,
            bias=self.bias,
            use_rslora=self.scaling == "sqrt_rank",
            use_dora=self.is_decomposed,
            trainable_token_indices=token_rows(model, new_ids),
            task_type=TASKS[architecture],
        )

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The model with fresh matrices, which change nothing until they are trained. Raises: ModelError."""
        adapted = super().apply(model, architecture, new_ids)
        if new_ids:
            share_rows(adapted, model)
        return adapted

"""LoRA that starts from the principal components of the base's weights (PiSSA: Meng et al., 2024)."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from peft import LoraConfig, get_peft_model_state_dict
from peft.utils import SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import save_file

from doppel.adapter.lora import Bias
from doppel.adapter.peft_adapter import TASKS, PeftAdapter
from doppel.adapter.targets import named, require_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

    from doppel.types import Architecture, OpenFraction, PositiveFloat, PositiveInt


class PiSSA(PeftAdapter):
    """Trains the `rank` largest components of each target W, A0 and B0 at first; the rest of W stays as it is.

    As W itself is changed in memory, what is saved is the difference BA - B0 A0, a LoRA of twice the rank: stock PEFT
    loads it over the base as it was. `apply` finds the same components again in the same weights, so a run can go on.
    """

    def __init__(
        self,
        *,
        rank: PositiveInt,
        alpha: PositiveFloat,
        dropout: OpenFraction,
        targets: str | list[str],
        bias: Literal["none", "all", "lora_only"],
        svd_iterations: PositiveInt | None,
    ) -> None:
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = named(targets)
        self.bias: Bias = bias
        self.svd = "pissa" if svd_iterations is None else f"pissa_niter_{svd_iterations}"
        self.first: dict[str, Tensor] = {}  # A0 and B0 by their names

    def config(self, model: Any, architecture: Architecture, new_ids: Sequence[int]) -> LoraConfig:
        """PEFT's own description. Raises: ModelError for a target that is not there."""
        assert not new_ids  # refused by a rule
        require_targets(model, self.targets)
        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,  # pyright: ignore[reportArgumentType] (an int by annotation; only ever divided by r)
            lora_dropout=self.dropout,
            target_modules=self.targets,
            bias=self.bias,
            init_lora_weights=self.svd,  # pyright: ignore[reportArgumentType] (the number of iterations is in the word)
            task_type=TASKS[architecture],
        )

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The model with its own components taken out of the targets, which changes nothing but the rounding."""
        adapted = super().apply(model, architecture, new_ids)
        self.first = {name: value.detach().cpu().clone() for name, value in matrices(adapted, None).items()}
        return adapted

    def save(self, model: Any, folder: str | Path, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Writes a plain LoRA of twice the rank, which stock PEFT loads over the base as it was."""
        trained = {name: value.detach().cpu() for name, value in matrices(model, state_dict).items()}
        change = {name: joined(name, value, self.first[name]) for name, value in trained.items()}
        config = copy.deepcopy(model.peft_config["default"])
        config.init_lora_weights, config.inference_mode = True, True
        config.r, config.lora_alpha = 2 * self.rank, 2 * self.alpha
        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file(change, Path(folder, SAFETENSORS_WEIGHTS_NAME), metadata={"format": "pt"})
        config.save_pretrained(str(folder))


def matrices(model: Any, state_dict: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
    """The matrices of an adapter, and biases that are trained with them, by the names under which PEFT saves them."""
    return get_peft_model_state_dict(model, state_dict=state_dict, save_embedding_layers=False)


def joined(name: str, trained: Tensor, first: Tensor) -> Tensor:
    """[A | A0] or [B | -B0], whose product is BA - B0 A0; a bias as it is trained."""
    if "lora_A" in name:
        return torch.cat([trained, first], dim=0).contiguous()
    return torch.cat([trained, -first], dim=1).contiguous() if "lora_B" in name else trained.contiguous()

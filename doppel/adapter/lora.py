"""Low-rank matrices beside the base's own (Hu et al., 2021); the base stays as it is."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import SafetensorError

from doppel.adapter.targets import named, require_targets
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import nn

    from doppel.types import Architecture, OpenFraction, PositiveFloat, PositiveInt

TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


class LoRA:
    """Trains `rank` x (in + out) weights per target, in fp32 whatever the base's dtype.

    The matrices are drawn from the global random state: seed it before `apply` to have the same ones again.
    """

    folder_name = "adapter"

    def __init__(
        self,
        *,
        rank: PositiveInt,
        alpha: PositiveFloat,
        dropout: OpenFraction,
        targets: str | list[str],
        bias: Literal["none", "all", "lora_only"],
    ) -> None:
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = named(targets)
        self.bias: Literal["none", "all", "lora_only"] = bias

    def apply(self, model: Any, architecture: Architecture) -> nn.Module:
        """The model with fresh matrices, which change nothing until they are trained. Raises: ModelError."""
        require_targets(model, self.targets)
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,  # pyright: ignore[reportArgumentType] (an int by annotation; only ever divided by r)
            lora_dropout=self.dropout,
            target_modules=self.targets,
            bias=self.bias,
            task_type=TASKS[architecture],
        )
        with without_peft_warning():
            return get_peft_model(model, config)

    def save(self, model: Any, folder: str | Path) -> None:
        """Writes adapter_model.safetensors and adapter_config.json, which stock PEFT loads."""
        # save_embedding_layers: "auto" asks the hub about the base, though embeddings are never trained here.
        model.save_pretrained(str(folder), save_embedding_layers=False)

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """The base with the saved matrices, in evaluation mode. Raises: ModelError."""
        if not Path(folder, "adapter_config.json").is_file():
            raise ModelError(f"{folder} holds no adapter (no adapter_config.json). Name a run that has finished")
        try:
            with without_peft_warning():
                return PeftModel.from_pretrained(base, str(folder)).eval()
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"the adapter in {folder} cannot be loaded over this base: {error}. "
                "It needs the model that it was trained on"
            ) from error


@contextmanager
def without_peft_warning() -> Generator[None]:
    """Inside, one warning is not shown: PEFT 0.21 reads a property that transformers 5.23 has renamed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield

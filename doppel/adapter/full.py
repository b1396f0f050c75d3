"""Every weight is trained; the result is a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

    from doppel.types import Architecture


class Full:
    """Full fine-tuning: weights and optimizer state in the dtype in which the base was loaded."""

    folder_name = "model"

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:  # noqa: ARG002
        """The same model, every parameter trainable: for both architectures, rows of new tokens as well."""
        return model.requires_grad_(True)  # noqa: FBT003 (torch's signature)

    def save(self, model: Any, folder: str | Path, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Writes safetensors and config, which stock transformers loads.

        `state_dict`: the model's whole weights by name, where this process holds a part of them alone.
        """
        model.save_pretrained(folder, state_dict=state_dict)

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """A model of the base's class and dtype with the saved weights, in evaluation mode. Raises: ModelError."""
        if not Path(folder, "config.json").is_file():
            raise ModelError(f"{folder} holds no trained model (no config.json). Name a run that has finished")
        try:
            model = type(base).from_pretrained(folder, dtype=base.dtype).eval()
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"the trained model in {folder} cannot be loaded: {error}") from error
        # T5's config forgets on loading that its head is its own (transformers 5); a later tie_weights would tie it.
        model.config.tie_word_embeddings = base.config.tie_word_embeddings
        return model

"""The last layers are trained whole, all else is frozen: what was usual before adapters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from doppel.types import Architecture, PositiveInt

WEIGHTS_FILE, FACTS_FILE = "layers.safetensors", "layers.json"


class Freeze:
    """Trains the last `layers` blocks, of an encoder-decoder those of both stacks, in the dtype of the base.

    Embeddings, head and the norm before it stay as they are.
    """

    folder_name = "layers"

    def __init__(self, *, layers: PositiveInt) -> None:
        self.layers = layers

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The same model, its last blocks trainable. Raises: ModelError where it has fewer."""
        assert not new_ids  # refused by a rule
        model.requires_grad_(False)  # noqa: FBT003 (torch's signature)
        for stack in stacks(model, architecture):
            if len(stack) < self.layers:
                raise ModelError(
                    f"adapter.layers={self.layers} are more than the {len(stack)} of the model: "
                    f"type adapter.layers={max(1, len(stack) // 2)}, or adapter=full to train everything"
                )
            for block in list(stack)[-self.layers :]:
                block.requires_grad_(True)  # noqa: FBT003
        return model

    def save(self, model: Any, folder: str | Path, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Writes the trained tensors alone, and of which base they are."""
        trained = {name for name, weights in model.named_parameters() if weights.requires_grad}
        tensors = {name: value for name, value in (state_dict or model.state_dict()).items() if name in trained}
        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in tensors.items()}, Path(folder, WEIGHTS_FILE))
        facts = {"base_model_name_or_path": model.name_or_path, "layers": self.layers, "tensors": len(tensors)}
        Path(folder, FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """The base with the saved layers in the place of its own, in evaluation mode. Raises: ModelError."""
        put_layers(base, Path(folder))
        return base.eval()

    def start_from(self, model: Any, folder: str | Path) -> None:
        """Gives the model the saved layers to go on from. Raises: ModelError where others are trained."""
        saved = read_facts(Path(folder)).get("layers")
        if saved != self.layers:
            raise ModelError(
                f"{folder} holds the last {saved} layers and adapter.layers={self.layers}: type adapter.layers={saved}"
            )
        put_layers(model, Path(folder))


def put_layers(model: Any, folder: Path) -> None:
    """Puts saved tensors in the place of the model's own. Raises: ModelError where they do not fit."""
    facts = read_facts(folder)
    try:
        tensors = load_file(folder / WEIGHTS_FILE)
        strange = model.load_state_dict(tensors, strict=False).unexpected_keys
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the layers in {folder} cannot be put into this base: {error}. They need the model that they were "
            "trained in"
        ) from error
    if strange or len(tensors) != facts.get("tensors"):
        raise ModelError(
            f"the layers in {folder} are not of this base or not whole: {len(tensors)} of {facts.get('tensors')} "
            f"tensors are there, and the base has no {strange[0] if strange else 'others'}"
        )


def read_facts(folder: Path) -> dict[str, Any]:
    """What the folder says of its layers. Raises: ModelError."""
    try:
        return dict(json.loads((folder / FACTS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{folder} holds no trained layers: {error}. Name a run that has finished") from error


def stacks(model: Any, architecture: Architecture) -> list[nn.ModuleList]:
    """The blocks of a decoder-only model; those of the encoder and of the decoder. Raises: ModelError for none."""
    parts = [model] if architecture == "causal" else [model.get_encoder(), model.get_decoder()]
    found = [max(outermost_lists(part), key=len, default=nn.ModuleList()) for part in parts]
    if not all(found):
        raise ModelError(
            f"this model ({model.config.model_type}) keeps its layers in no list, so the last ones cannot be told: "
            "type adapter=lora"
        )
    return found


def outermost_lists(module: nn.Module) -> list[nn.ModuleList]:
    """The lists of modules that lie in no other list (experts lie inside a layer)."""
    if isinstance(module, nn.ModuleList):
        return [module]
    return [found for child in module.children() for found in outermost_lists(child)]

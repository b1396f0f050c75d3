"""What the adapters of PEFT have in common: put on, saved, loaded and gone on from in one way."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from peft import PeftModel, get_peft_model
from safetensors import SafetensorError

from doppel.adapter.continued import take_weights
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from peft import PeftConfig
    from torch import Tensor, nn

    from doppel.types import Architecture

CONFIG_FILE = "adapter_config.json"
TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


class Configures(Protocol):
    """What one kind of adapter adds to what all have in common."""

    def config(self, model: Any, architecture: Architecture, new_ids: Sequence[int]) -> PeftConfig:
        """PEFT's own description of the adapter for this model. Raises: ModelError where it does not fit."""
        ...


class PeftAdapter:
    """Small weights beside a base that stays as it is, in a folder that stock PEFT loads."""

    folder_name = "adapter"

    def apply(self: Configures, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The model with fresh weights beside it, which alone are trained. Raises: ModelError.

        `new_ids` are tokens that the base has not been trained on: their rows are trained and saved too.
        """
        with without_peft_warnings():
            return get_peft_model(model, self.config(model, architecture, new_ids))

    def save(self, model: Any, folder: str | Path, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Writes adapter_model.safetensors and adapter_config.json, which stock PEFT loads.

        `state_dict`: the model's whole weights by name, where this process holds a part of them alone.
        """
        # save_embedding_layers: "auto" asks the hub about the base, though embeddings are never trained whole here.
        whole = None if state_dict is None else with_shared(model, state_dict)
        model.save_pretrained(str(folder), save_embedding_layers=False, state_dict=whole)

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """The base with the saved weights, in evaluation mode. Raises: ModelError."""
        return loaded(base, folder)

    def start_from(self, model: Any, folder: str | Path) -> None:
        """Gives the model, to which this adapter was applied, the saved weights to go on from. Raises: ModelError."""
        take_weights(model, Path(folder))


def with_shared(model: nn.Module, state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights under every name that they have: what modules share is gathered under its first name alone."""
    whole, first = dict(state_dict), dict[int, str]()
    for name, weights in model.named_parameters(remove_duplicate=False):
        owner = first.setdefault(id(weights), name)
        if owner in whole:
            whole.setdefault(name, whole[owner])
    return whole


def loaded(base: Any, folder: str | Path) -> Any:
    """The base with a saved adapter of any kind, in evaluation mode. Raises: ModelError."""
    if not Path(folder, CONFIG_FILE).is_file():
        raise ModelError(f"{folder} holds no adapter (no {CONFIG_FILE}). Name a run that has finished")
    try:
        with without_peft_warnings():
            return PeftModel.from_pretrained(base, str(folder)).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the adapter in {folder} cannot be loaded over this base: {error}. "
            "It needs the model that it was trained on"
        ) from error


@contextmanager
def without_peft_warnings() -> Generator[None]:
    """Inside, warnings are not shown of what is meant so.

    PEFT 0.21 reads a property that transformers 5.23 has renamed, and tells of GPT-2's layers that they lie transposed.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        warnings.filterwarnings(
            "ignore", "fan_in_fan_out is set to False but the target module is `Conv1D`", UserWarning
        )
        yield

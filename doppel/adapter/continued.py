"""Going on from an adapter that was trained before: of the same kind, or refused with what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peft import load_peft_weights, set_peft_model_state_dict
from safetensors import SafetensorError

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable

# What may differ: where the base lies, how the weights were drawn or dropped, who wrote the file.
ALLOWED = {
    "auto_mapping",
    "base_model_name_or_path",
    "inference_mode",
    "init_ia3_weights",
    "init_lora_weights",
    "lora_dropout",
    "peft_version",
    "prompt_tuning_init",
    "revision",
    "runtime_config",
}
NAMES = {
    "r": "adapter.rank",
    "lora_alpha": "adapter.alpha",
    "bias": "adapter.bias",
    "target_modules": "adapter.targets",
}
PROMPT = "prompt_embeddings"  # which PEFT loads, and then names among those that it does not expect
LONGEST = 80  # characters of a value that are shown


def take_weights(model: Any, folder: Path) -> None:
    """Puts the weights of a saved adapter in the place of the fresh ones of an applied one.

    Raises: ModelError where the two are not of one kind and size.
    """
    own = plain(model.peft_config["default"].to_dict())
    saved = plain(read_config(folder))
    names = sorted(key for key in own.keys() | saved.keys() if key not in ALLOWED and own.get(key) != saved.get(key))
    if names:
        told = ", ".join(
            f"{NAMES.get(key, key)} is {shown(own, key)} here and {shown(saved, key)} there" for key in names
        )
        raise ModelError(
            f"the adapter in {folder} is not of the kind that this run trains: {told}. Type the same settings as it "
            "has, or put a new adapter over it: continue_from=null merged_adapters=[...]"
        )
    try:
        outcome = set_peft_model_state_dict(model, load_peft_weights(str(folder), device="cpu"))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the adapter in {folder} does not fit this base: {error}. Go on from it over the model that it was "
            "trained on"
        ) from error
    strange = [name for name in outcome.unexpected_keys if name != PROMPT]
    if strange:
        raise ModelError(f"the adapter in {folder} has weights for {strange[0]}, which this base has not")


def read_config(folder: Path) -> dict[str, Any]:
    """The adapter_config.json of a folder. Raises: ModelError."""
    try:
        content = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no adapter that can be gone on from: {error}") from error
    return content if isinstance(content, dict) else {}


def plain(config: dict[str, Any]) -> dict[str, Any]:
    """A config whose values can be compared: sets and lists of names in order, enumerations as words, no empty ones."""
    values = {key: sorted(value) if isinstance(value, set | list) else value for key, value in config.items()}
    return {key: getattr(value, "value", value) for key, value in values.items() if value not in (None, {}, [], "")}


def shown(config: dict[str, Any], key: str) -> str:
    """A value, cut where it is long."""
    text = str(config.get(key))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def require_same_names(folder: str | Path, new_ids: Iterable[int], tokenizer: Any) -> None:
    """Nothing, if the new tokens are the words that they are in the folder's tokenizer. Raises: ModelError."""
    own = {number: tokenizer.convert_ids_to_tokens(number) for number in new_ids}
    try:
        content = json.loads(Path(folder, "tokenizer.json").read_text(encoding="utf-8"))
        there = {added["id"]: added["content"] for added in content["added_tokens"]}
    except (OSError, ValueError, KeyError, TypeError):
        there = {}
    strange = [name for number, name in own.items() if there.get(number) != name]
    if strange:
        raise ModelError(
            f"{len(strange)} of the {len(own)} names that are tokens here are none in {folder}, or others: type "
            "name_tokens= with the list that is in its run's config.yaml"
        )

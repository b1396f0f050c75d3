"""Adapters in the weights of their base: for what is trained on top of them, and for a model of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from peft.utils import SAFETENSORS_WEIGHTS_NAME

from doppel.adapter.continued import read_config
from doppel.adapter.freeze import FACTS_FILE, WEIGHTS_FILE, put_layers
from doppel.adapter.peft_adapter import CONFIG_FILE, loaded
from doppel.errors import ModelError


def merged(base: Any, folder: str | Path) -> Any:
    """The base with a saved adapter's change in its own weights: LoRA of any kind, IA3, or trained layers.

    Raises: ModelError for what is no adapter, is of another base, or is no change of weights.
    """
    where = Path(folder)
    if (where / FACTS_FILE).is_file():
        put_layers(base, where)
        return base
    if not (where / CONFIG_FILE).is_file() and (where / "config.json").is_file():
        raise ModelError(f"{folder} is a whole model, not an adapter: take it as the base, with model.path={folder}")
    config = read_config(where)
    if config.get("peft_type") == "PROMPT_TUNING":
        raise ModelError(
            f"the adapter in {folder} stands in front of the text and in no weight: it cannot be merged. "
            "Leave it out of merged_adapters"
        )
    model = loaded(base, where).merge_and_unload(safe_merge=True)
    return model.requires_grad_(False)  # noqa: FBT003 (torch's signature)


def require_no_tokens(folder: str | Path) -> None:
    """Nothing, if a saved adapter has no tokens of its own. Raises: ModelError."""
    if (Path(folder) / CONFIG_FILE).is_file() and read_config(Path(folder)).get("trainable_token_indices"):
        raise ModelError(
            f"the adapter in {folder} has tokens of its own, which this run's tokenizer has not: make a model of it "
            "first with `doppel merge` and take that as the base, with model.path=..."
        )


def sha256_of(folder: str | Path) -> str:
    """The fingerprint of a saved adapter's weights. Raises: ModelError where they are not there."""
    files = [Path(folder, name) for name in (SAFETENSORS_WEIGHTS_NAME, WEIGHTS_FILE)]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise ModelError(f"{folder} holds no adapter any more: put back what was merged into the base of this run")
    with found.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Several adapters over one base, of which one at a time is on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from doppel.adapter.peft_adapter import CONFIG_FILE, without_peft_warnings
from doppel.errors import ModelError


def is_shareable(folder: str | Path) -> bool:
    """Whether a saved adapter leaves its base as it is: a LoRA without biases, whole modules or rows of its own."""
    try:
        told = json.loads(Path(folder, CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    own = ("trainable_token_indices", "modules_to_save")
    return told.get("peft_type") == "LORA" and told.get("bias") == "none" and not any(told.get(key) for key in own)


def load_beside(model: Any, folder: str | Path) -> str:
    """The name, in this model of PEFT's, of a saved adapter that now lies beside those it has. Raises: ModelError."""
    name = f"beside_{len(model.peft_config)}"
    try:
        with without_peft_warnings():
            model.load_adapter(str(folder), adapter_name=name)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the adapter in {folder} cannot be loaded over the base of another run: {error}. Serve it alone"
        ) from error
    model.eval()
    return name

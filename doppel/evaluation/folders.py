"""Models that judge, from folders on this machine: nothing is fetched and no code of theirs is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doppel.errors import ConfigError, ModelError


def require_folder(key: str, folder: str | None) -> None:
    """Returns where no folder is named, or a model is in it. Raises: ConfigError."""
    if folder is not None and not (Path(folder).expanduser() / "config.json").is_file():
        raise ConfigError(f"{key}={folder} is no folder of a model: there is no config.json in it")


def model_folder(key: str, folder: str, kind: Any) -> tuple[Any, Any]:
    """Its tokenizer and the model, ready to judge, on the CPU; `key` is what the user typed to name it.

    Raises: ModelError where it cannot be loaded.
    """
    from transformers import AutoTokenizer

    path = Path(folder).expanduser()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), local_files_only=True, trust_remote_code=False)
        model = kind.from_pretrained(
            str(path), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype="float32"
        )
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise ModelError(f"{key}={folder} cannot be loaded: {str(error).splitlines()[0]}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer, model.eval()

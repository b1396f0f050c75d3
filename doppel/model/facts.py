"""What a run's manifest says about its model, so that the same one can be found again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import try_to_load_from_cache

if TYPE_CHECKING:
    from doppel.types import LoadedModel

HASHED = {"config_sha256": "config.json", "tokenizer_sha256": "tokenizer.json"}


def model_facts(loaded: LoadedModel) -> dict[str, str | int | None]:
    """Source, architecture, hub commit (None for a folder), parameters, sha256 of config.json and tokenizer.json.

    A hash is None where the model has no such file. Ask before an adapter adds parameters of its own.
    """
    commit = getattr(loaded.model.config, "_commit_hash", None)
    facts: dict[str, str | int | None] = {
        "source": loaded.source,
        "architecture": loaded.architecture,
        "commit": commit,
        "parameters": loaded.model.num_parameters(),
    }
    return facts | {key: hashed(file_of(loaded.source, name, commit)) for key, name in HASHED.items()}


def file_of(source: str, name: str, commit: str | None) -> Path | None:
    """A file of a model in a folder or in the hub's cache on this machine."""
    if Path(source).is_dir():
        return Path(source, name)
    found = try_to_load_from_cache(source, name, revision=commit)
    return Path(found) if isinstance(found, str) else None


def hashed(file: Path | None) -> str | None:
    """The sha256 of a file's bytes; None if there is none."""
    if file is None or not file.is_file():
        return None
    return hashlib.sha256(file.read_bytes()).hexdigest()

"""A folder of a model on the Hugging Face hub: its weights, tokenizer and card, and nothing else that lies there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from doppel.errors import RunError

# All that a model is used with. Whatever else stands in a folder stays at home, whoever has put it there.
FILES = (
    "adapter_config.json",
    "adapter_model*.safetensors",
    "layers.json",
    "layers.safetensors",
    "model*.safetensors",
    "model.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.model",
    "spiece.model",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "markup.json",
    "README.md",
    "model-*.gguf",
)
BASE = "base_model_name_or_path"
TEXT = (".json", ".md", ".txt", ".jinja")


def published(folder: Path) -> list[Path]:
    """The files that go, by name. Raises: RunError where there are no weights."""
    found = sorted({file for pattern in FILES for file in folder.glob(pattern) if file.is_file()})
    if not any(file.suffix in (".safetensors", ".gguf") for file in found):
        raise RunError(f"{folder} holds no weights to push")
    return found


def content(file: Path) -> bytes | Path:
    """What of a file goes: of a base in a local folder only the folder's name.

    Raises: RunError where a text tells another folder of this machine.
    """
    if file.suffix not in TEXT:
        return file
    text = file.read_text(encoding="utf-8")
    if file.name == "adapter_config.json":
        told = json.loads(text)
        told[BASE] = Path(told[BASE]).name if Path(str(told[BASE])).is_absolute() else told[BASE]
        text = json.dumps(told, indent=2)
    if str(Path.home()) in text and Path.home() != Path("/"):
        raise RunError(f"{file} tells a folder of this machine, {Path.home()}/...: take it out by hand first")
    return text.encode()


def push(api: Any, folder: Path, to: str, *, is_private: bool) -> str:
    """The address of the repository, after one commit with all files. Raises: RunError for what the hub refuses."""
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

    parts = [CommitOperationAdd(file.name, content(file)) for file in published(folder)]
    try:
        repository = api.create_repo(to, private=is_private, exist_ok=True)
        if is_private and not api.repo_info(to).private:
            raise RunError(f"{to} is there already and public: type another to=..., or is_private=false if you mean it")
        api.create_commit(to, parts, commit_message="A model made by doppel")
    except HFValidationError as error:
        raise RunError(f"to={to} is no name of a repository: type to=USER/NAME") from error
    except LocalTokenNotFoundError as error:
        raise RunError("the hub does not know you: type hf auth login first") from error
    except (HfHubHTTPError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RunError(
            f"the hub refused {to}: {first}. Are you logged in (hf auth login) and may you write there?"
        ) from error
    return str(repository)

"""Where a model's files are: in a folder, in the hub's cache on this machine, or on the hub; and why they are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")

PROBE_SECONDS = 10  # one request; the hub's own retries take 23 s to say that there is no network
WAYS_OUT = (
    "Give a local folder (model.path=/folder), or download it on another machine "
    "(hf download {path} --local-dir FOLDER) and copy the folder here"
)


def located(path: str) -> str:
    """The absolute folder, or the hub id as it is. Raises: ModelError for a folder that is not there or no model."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        return str(require_model(folder.resolve()))
    if folder.is_file():
        raise ModelError(f"{path} is a file, but a model is a folder with config.json. Type model.path={folder.parent}")
    if folder.is_absolute() or path.startswith((".", "~")) or path.count("/") > 1:
        raise ModelError(f"there is no folder {path}. Give a model's folder or a hub id: model.path=owner/name")
    return path


def require_model(folder: Path) -> Path:
    """The folder, if it holds a config.json. Raises: ModelError."""
    if (folder / "config.json").is_file():
        return folder
    if (folder / "adapter_config.json").is_file():
        raise ModelError(f"{folder} is an adapter, not a base model: give the folder of its base as model.path=...")
    raise ModelError(f"{folder} has no config.json, so it is not a model. Give the folder that has one: model.path=...")


def local_first(load: Callable[..., Found], path: str, **options: Any) -> Found:
    """What `load(path, ...)` returns, from this machine if it is there, else from the hub. Raises: ModelError.

    A model that was downloaded once thus works offline and never changes by itself; `revision` asks for another one.
    """
    is_local = Path(path).is_dir()
    try:
        return load(path, local_files_only=True, **options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if is_local:
            raise damaged(path, error) from error
    require_reachable(path, options.get("revision"))
    try:
        return load(path, **options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise damaged(path, error) from error


def require_reachable(path: str, revision: str | None) -> None:
    """Nothing, if the hub has this model and lets us read it. Raises: ModelError."""
    try:
        HfApi().model_info(path, revision=revision, timeout=PROBE_SECONDS)
    except GatedRepoError as error:
        raise ModelError(
            f"{path} is gated: accept its terms on its page on the hub, then log in here with `hf auth login`"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"{path} has no revision {revision!r}. Type model.revision=null for its newest") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"there is no model {path!r}, neither here as a folder nor on the hub (or it is private: `hf auth login`). "
            "Check the spelling: model.path=owner/name"
        ) from error
    except OfflineModeIsEnabled as error:
        raise ModelError(
            f"{path} is not on this machine and HF_HUB_OFFLINE forbids to ask the hub. {ways(path)}"
        ) from error
    except Exception as error:
        # Whatever the HTTP client of the day raises without a network: its errors have no common ancestor of their own.
        raise ModelError(
            f"{path} is not on this machine and the hub cannot be reached ({error}). {ways(path)}"
        ) from error


def ways(path: str) -> str:
    """How to do without the hub."""
    return WAYS_OUT.format(path=path)


def damaged(path: str, error: Exception) -> ModelError:
    """The error for files that are there and cannot be read."""
    text = str(error)
    if "trust_remote_code" in text:
        return ModelError(
            f"{path} brings its own Python code, which is not run unasked. If you trust its author: "
            "model.trust_remote_code=true"
        )
    return ModelError(
        f"{path} cannot be loaded: {text}. If its files are damaged or incomplete, copy or download them again"
    )

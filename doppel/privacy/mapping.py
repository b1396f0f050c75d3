"""The list of what was replaced by what, for the user's own eyes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

OF_A_RUN = ("manifest.json", "status.json", "config.yaml")  # what tells a folder that is shown to others
OUTPUTS = "outputs"


def private_path(mapping: str) -> Path:
    """Where the list goes. Raises: DataError where it would lie beside what is shared."""
    path = Path(mapping).expanduser().absolute().resolve()
    if path.is_dir():
        raise DataError(f"privacy.mapping is a folder: {path}; name a file, or leave it out with privacy.mapping=null")
    outputs = Path(OUTPUTS).absolute().resolve()
    for folder in path.parents:
        if folder == outputs or any((folder / name).exists() for name in OF_A_RUN):
            raise DataError(
                f"privacy.mapping={mapping} lies in {folder}, whose files are meant to be shown: the list undoes every "
                "pseudonym. Name a file elsewhere, such as privacy.mapping=~/.doppel/pseudonyms.json, or leave it out "
                "with privacy.mapping=null"
            )
    return path


def write_private(path: Path, spellings: Mapping[str, Mapping[str, str]]) -> None:
    """Writes kind -> as written -> as replaced, readable by the owner alone, whole or not at all. Raises: DataError."""
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(spellings, file, ensure_ascii=False, indent=2)
        partial.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror}; name another file with privacy.mapping=, or null for none"
        ) from None

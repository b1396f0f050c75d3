"""Log files that are rotated and their owner's alone."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import RunError

if TYPE_CHECKING:
    from doppel.types import NonNegativeInt, PositiveInt

LINES = "%(asctime)s %(levelname)s %(message)s"
MEGA = 1024 * 1024


class OwnFile(RotatingFileHandler):
    """Rotated, and readable by its owner only."""

    def _open(self) -> object:  # type: ignore[override]
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()


def own_file(named: str | None, *, megabytes: PositiveInt, kept: NonNegativeInt) -> OwnFile | None:
    """What writes lines to this file; None where none is named. Raises: RunError."""
    if named is None:
        return None
    file = Path(named).expanduser()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = OwnFile(file, maxBytes=megabytes * MEGA, backupCount=kept, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error.strerror}; type log_file=/a/file/you/may/write") from error
    handler.setFormatter(logging.Formatter(LINES))
    return handler

"""The bot's log: numbers and kinds, on the console and in a file that is its owner's; never words, never the token."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from doppel.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from doppel.types import NonNegativeInt, PositiveInt

LINES = "%(asctime)s %(levelname)s %(message)s"
MEGA = 1024 * 1024
HIDDEN = "[token]"


class WithoutToken(logging.Formatter):
    """Lines in which the token stands nowhere, whatever a library puts into an error."""

    def __init__(self, token: str) -> None:
        super().__init__(LINES)
        self.token = token

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return super().format(record).replace(self.token, HIDDEN)


class OwnFile(RotatingFileHandler):
    """Rotated, and readable by its owner only."""

    def _open(self) -> object:  # type: ignore[override]
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()


def log_to(file: Path | None, token: str, *, megabytes: PositiveInt, kept: NonNegativeInt) -> None:
    """What this package logs goes to the console and the file; what libraries log stays unsaid. Raises: RunError."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file is not None:
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handlers.append(OwnFile(file, maxBytes=megabytes * MEGA, backupCount=kept, encoding="utf-8"))
        except OSError as error:
            raise RunError(
                f"{file} cannot be written: {error.strerror}; type log_file=/a/file/you/may/write"
            ) from error
    for handler in handlers:
        handler.setFormatter(WithoutToken(token))
    logging.getLogger().addHandler(logging.NullHandler())
    own = logging.getLogger(__package__)
    own.setLevel(logging.INFO)
    own.handlers = handlers
    own.propagate = False

"""One bot for one token on one machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from doppel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def alone(folder: Path, bot_id: str) -> Iterator[None]:
    """Keeps others with this token away as long as it is open, however this process ends. Raises: RunError."""
    handle = os.open(folder / f"bot-{bot_id}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise RunError("another doppel bot with this token is at work here: end it first") from error
    finally:
        os.close(handle)

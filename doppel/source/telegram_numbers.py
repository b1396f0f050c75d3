"""Ids and times as exports of all years write them: numbers, strings of digits, or something else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doppel.source.ledger import EPOCH, LAST_SECOND

MAX_ID = 1 << 51


def seconds_of(written: Any) -> float | None:
    """Seconds since 1970; None for what is no time, or one that no chat can have."""
    try:
        seconds = (written - EPOCH).total_seconds() if written.__class__ is datetime else int(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if 0 <= seconds < LAST_SECOND else None


def number_of(written: Any) -> int | None:
    """An id of a message; None for what is none, or one that no chat can have."""
    try:
        number = int(written)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if -MAX_ID < number < MAX_ID else None

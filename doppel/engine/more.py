"""A command of the terminal that is somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.engine.cast import Known


@dataclass(frozen=True, slots=True)
class More:
    """What it does, and how that is told."""

    help: str  # a line of /help
    obey: Callable[[str, Known], str]  # what is said behind its name, and by whom -> what it answers

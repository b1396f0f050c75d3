"""The settings of the arena's page: conf/serving/arena.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.serving.door import Door

if TYPE_CHECKING:
    from doppel.types import PositiveInt


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena(Door):
    """How many people may guess. Raises: ConfigError."""

    max_judges: PositiveInt

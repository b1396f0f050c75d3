"""The settings of the API: conf/serving/openai.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.serving.door import Door

if TYPE_CHECKING:
    from doppel.types import PositiveInt


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAI(Door):
    """How long conversations and replies may be, and how many may wait. Raises: ConfigError."""

    max_waiting: PositiveInt
    max_messages: PositiveInt
    max_characters: PositiveInt
    max_new_tokens: PositiveInt
    ignores_system: bool
    shows_memory: bool

"""How the next token is chosen, and how long a reply may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Fraction, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The numbers and texts of conf/generation. Lengths in tokens of one reply. Raises: ConfigError."""

    do_sample: bool
    temperature: PositiveFloat
    top_p: Fraction
    top_k: NonNegativeInt
    repetition_penalty: PositiveFloat
    unrepeated_tokens: NonNegativeInt
    banned: list[str]
    discouraged: list[str]
    discouragement: NonNegativeFloat
    min_new_tokens: NonNegativeInt
    max_new_tokens: PositiveInt

    def __post_init__(self) -> None:
        if self.min_new_tokens > self.max_new_tokens:
            raise ConfigError(
                f"generation.min_new_tokens={self.min_new_tokens} is above "
                f"generation.max_new_tokens={self.max_new_tokens}: no reply can be that long. "
                f"Say generation.max_new_tokens={self.min_new_tokens} or more"
            )
        for name in ("banned", "discouraged"):
            if not all(text.strip() for text in getattr(self, name)):
                raise ConfigError(
                    f"generation.{name} holds an empty text, which every reply would contain: leave it out"
                )

"""A kind of GPU, by what its maker says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doppel.types import NonNegativeFloat, PositiveFloat

BF16_AND_FLASH = 8.0  # compute capability of the first GPUs that have them (Ampere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One kind of GPU. Rates are of dense products."""

    title: str
    known_as: str  # words that are all in the name which its driver gives it
    capability: PositiveFloat  # compute capability
    memory_gib: PositiveFloat  # as CUDA tells it: a little less than the card is sold with
    bandwidth_gb: PositiveFloat  # GB a second between its memory and its processors
    teraflops_16: PositiveFloat  # of fp16, and of bf16 where it has it
    teraflops_32: PositiveFloat
    link_gb: PositiveFloat  # GB a second to the next GPU, one way
    price: NonNegativeFloat  # dollars an hour

    @property
    def has_bf16(self) -> bool:
        """Whether it multiplies bf16 in hardware; so it has flash attention too."""
        return self.capability >= BF16_AND_FLASH

    def is_named(self, name: str) -> bool:
        """Whether this is what its driver calls so."""
        return set(self.known_as.split()) <= set(re.split(r"[\s-]+", name))

    @property
    def memory(self) -> int:
        """Bytes."""
        return int(self.memory_gib * 2**30)

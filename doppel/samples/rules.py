"""What all ways of making samples have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.samples.recency import HalfLife
    from doppel.samples.roles import Learn
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap


@dataclass(frozen=True, slots=True)
class Rules:
    """Whose turns are learnt, and the optional rules about them."""

    learn: Learn
    trivial: TrivialCap | None
    situation: Situation | None
    recency: HalfLife | None

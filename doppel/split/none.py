"""Nothing is held out: all is learnt, and nothing tells how well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.facts import facts_of
from doppel.split.parts import TRAIN, Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Funnel, Sample, Split


class NoSplit:
    """Everything is for training."""

    def __call__(self, samples: Sequence[Sample], funnel: Funnel) -> Split:
        """All positions in train, in order of time; no boundaries."""
        facts = facts_of(samples)
        return Parts(np.full(len(facts.starts), TRAIN), facts).split(samples, (), funnel)

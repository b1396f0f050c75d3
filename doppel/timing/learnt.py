"""The persona's own times: drawn from what the preparation has counted."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from doppel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from doppel.types import PositiveFloat

SHORTEST = 1.0  # second: what is counted from 0 on begins here, as logarithms do not begin at 0
LONGEST_FACTOR = 2.0  # the last bin has no upper bound: times in it are drawn up to this multiple of its lower one


class Learnt:
    """Draws a bin by how often it was seen, then a time in it, evenly in its logarithm. Raises: RunError."""

    def __init__(
        self,
        facts: Mapping[str, Any],
        draw: Callable[[], float] = random.random,
        *,
        max_reply_seconds: PositiveFloat,
        max_pause_seconds: PositiveFloat,
        leaves_unanswered: bool,
    ) -> None:
        """`facts`: of doppel.report.watch; `draw`: evenly from [0, 1)."""
        self.draw = draw
        self.replies = _bins(facts, "reply_seconds")
        self.pauses = _bins(facts, "pause_seconds")
        self.max_reply_seconds = max_reply_seconds
        self.max_pause_seconds = max_pause_seconds
        self.shares = _shares(facts) if leaves_unanswered else {}

    def answers(self, messages: Sequence[str]) -> bool:
        """Whether this is answered, as often as the persona did after a question, or after anything else."""
        kind = "questions" if any("?" in text for text in messages) else "others"
        return kind not in self.shares or self.draw() < self.shares[kind]

    def reply_seconds(self) -> float:
        """From the other's last word to the beginning of the reply."""
        return min(self.max_reply_seconds, self._drawn(self.replies))

    def pause_seconds(self) -> float:
        """From one message of a burst to the next."""
        return min(self.max_pause_seconds, self._drawn(self.pauses))

    def _drawn(self, bins: list[tuple[float, float, int]]) -> float:
        left = self.draw() * sum(count for *_, count in bins)
        for low, high, count in bins:
            if left < count:
                return low * math.exp(self.draw() * math.log(high / low))
            left -= count
        return 0.0  # nothing was ever counted: there were no bursts, or no times


def _shares(facts: Mapping[str, Any]) -> dict[str, float]:
    """How much of each kind that was ever said was answered."""
    try:
        counts = {kind: (int(of["answered"]), int(of["left"])) for kind, of in facts["answers"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            "facts.json of the run does not tell what is left unanswered: type timing.leaves_unanswered=false, or "
            "train again"
        ) from error
    return {kind: answered / (answered + left) for kind, (answered, left) in counts.items() if answered + left}


def _bins(facts: Mapping[str, Any], name: str) -> list[tuple[float, float, int]]:
    """(lower bound, upper bound, how often), of those that were seen."""
    try:
        bounds, counts = facts[name]["upper_bounds"], facts[name]["counts"]
        edges = [SHORTEST, *map(float, bounds), LONGEST_FACTOR * bounds[-1]]
        pairs = zip(pairwise(edges), counts, strict=True)
        found = [(low, high, int(count)) for (low, high), count in pairs if count]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise RunError(f"facts.json of the run tells no {name}: type timing=none, or train again") from error
    if name == "reply_seconds" and not found:
        raise RunError("the run's data have no times, so none were learnt: type timing=none")
    return found

"""A sample as a list of role, name, content and weight: what OpenAI's, ShareGPT's and others' shapes have in common."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Sample, Turn

OPENINGS = "began with the persona, whose first turn is left out: others begin where roles alternate"
ENDINGS = "ended with somebody else, whose last turn is left out: the persona ends where roles alternate"
CROWDS = "have turns of several people in a row, which are one where roles alternate"
MONOLOGUES = "are left out, as the persona answers nobody in them"
WEIGHTS = "have a weight (samples.recency), which this shape has no place for: export=parquet has"
OTHERS = "are to be learnt from others too (samples.learn), which this shape cannot say"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    samples: int
    changes: Counter[str] = field(default_factory=Counter)  # what became otherwise or lost -> in how many samples


class Said(NamedTuple):
    """One content: a message, or turns joined by newlines."""

    is_persona: bool
    name: str  # "" where several people speak
    content: str
    is_learnt: bool


def contents(sample: Sample, *, is_joined: bool, changes: Counter[str]) -> list[Said]:
    """The messages of a sample in order. Joined, as trainers want it that demand that roles alternate: one content
    for all that a side says in a row, from the first of the others to the last of the persona; [] where none is left.
    """
    if not is_joined:
        return [
            Said(turn.is_persona, turn.speaker_name, text, turn.is_learnt)
            for turn in sample.turns
            for text in turn.messages
        ]
    sides = [_joined(list(turns)) for _, turns in groupby(sample.turns, key=attrgetter("is_persona"))]
    changes[CROWDS] += len(sides) < len(sample.turns)
    alternating = sides[sides[0].is_persona : len(sides) - (not sides[-1].is_persona)]
    if not alternating:
        changes[MONOLOGUES] += 1
        return []
    changes[OPENINGS] += sides[0].is_persona
    changes[ENDINGS] += not sides[-1].is_persona
    return alternating


def _joined(turns: Sequence[Turn]) -> Said:
    names = {turn.speaker_name for turn in turns}
    # Of several personas who speak in a row one may not be learnt: then none is.
    return Said(
        turns[0].is_persona,
        turns[0].speaker_name if len(names) == 1 else "",
        "\n".join(text for turn in turns for text in turn.messages),
        all(turn.is_learnt for turn in turns),
    )

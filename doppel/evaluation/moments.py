"""From samples to what an evaluation asks: replies in their contexts, and everyone's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from doppel.evaluation.nouns import Burst, Moment

if TYPE_CHECKING:
    from doppel.types import Sample, Turn


def moments_of(samples: Iterable[Sample], person: frozenset[str]) -> Iterator[Moment]:
    """The learnt turns of the person that somebody else's words precede."""
    for sample in samples:
        other: Turn | None = None
        for at, turn in enumerate(sample.turns):
            if turn.speaker_id not in person:
                other = turn
            elif turn.is_learnt and other is not None:
                year = sample.started_at.year if sample.is_timed else None
                yield Moment(sample.turns[:at], turn, other.speaker_id, other.speaker_name, year)


def bursts_of(samples: Iterable[Sample], person: frozenset[str]) -> tuple[list[Burst], list[Burst]]:
    """(turns of the person, turns of the others), each once though samples may overlap."""
    own: list[Burst] = []
    others: list[Burst] = []
    seen: set[tuple[str, int]] = set()
    for sample in samples:
        is_numbered = len(sample.message_ids) == sum(len(turn.messages) for turn in sample.turns)
        place = 0
        for turn in sample.turns:
            if is_numbered:
                key = (sample.chat_id, sample.message_ids[place])
                place += len(turn.messages)
                if key in seen:
                    continue
                seen.add(key)
            (own if turn.speaker_id in person else others).append(turn.messages)
    return own, others


def saying(moment: Moment, messages: Burst) -> Moment:
    """The same context with another reply."""
    return replace(moment, reply=replace(moment.reply, messages=messages))

"""What whoever speaks is told before each reply, in every way to talk: memory, notes on the other one, steering."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from doppel.commands.reminding import Reminding
from doppel.generation.sampling import Sampling
from doppel.steering.steer import Steering
from doppel.types import Briefing, Turn

Notes = Callable[[str], Iterable[str]]  # speaker_id -> the notes on them, newest first


def no_notes(_speaker_id: str) -> Iterable[str]:
    """None on anybody."""
    return ()


class Briefer:
    """Made once for a run; used by one thread at a time. `last` is why the latest reply was steered as it was."""

    def __init__(self, reminding: Reminding, steering: Steering, notes: Notes = no_notes) -> None:
        self.reminding = reminding
        self.steering = steering
        self.notes = notes
        self.last = ""

    def __call__(
        self, turns: Sequence[Turn], speaker: Turn, sampling: Sampling, *, has_notes: bool = True
    ) -> tuple[Turn, Sampling]:
        """The speaker with a briefing, and how the reply is drawn. `has_notes`: whether notes may be told here.

        Raises: ModelError where the steering has no model.
        """
        asker = next((turn.speaker_id for turn in reversed(turns) if turn.speaker_id != speaker.speaker_id), None)
        notes = self.notes(asker) if asker is not None and has_notes else ()
        briefing = self.reminding(turns, speaker.speaker_id, notes=notes)
        steer = self.steering(turns, speaker.speaker_id)
        self.last = steer.why
        if steer.instruction:
            briefing = briefing or Briefing()
            briefing = replace(briefing, system=(*briefing.system, steer.instruction))
        return replace(speaker, briefing=briefing), steered(sampling, steer.generation)


def steered(sampling: Sampling, changes: Any) -> Sampling:
    """The sampling with these changes; a reply is never to be longer than it may be."""
    if not changes:
        return sampling
    longest = changes.get("max_new_tokens", sampling.max_new_tokens)
    least = min(changes.get("min_new_tokens", sampling.min_new_tokens), longest)
    return replace(sampling, **{**changes, "min_new_tokens": least})

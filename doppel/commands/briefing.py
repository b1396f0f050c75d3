"""What whoever speaks is told before each reply, in every way to talk: memory, notes on the other one, steering."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from doppel.commands.reminding import Reminding
from doppel.generation.sampling import Sampling
from doppel.memory.none import NoMemory
from doppel.steering.steer import Steering
from doppel.types import Briefing, Turn

Notes = Callable[[str], Iterable[str]]  # speaker_id -> the notes on them, newest first


class Brief(Protocol):
    """What a way to talk needs of a Briefer."""

    def __call__(
        self, turns: Sequence[Turn], speaker: Turn, sampling: Sampling, /, *, has_notes: bool = True
    ) -> tuple[Turn, Sampling]:
        """The speaker with a briefing, and how the reply is drawn."""
        ...


def no_notes(_speaker_id: str) -> Iterable[str]:
    """None on anybody."""
    return ()


def unbriefed(
    _turns: Sequence[Turn], speaker: Turn, sampling: Sampling, *, has_notes: bool = True
) -> tuple[Turn, Sampling]:
    """Both as they are."""
    del has_notes
    return speaker, sampling


class Briefer:
    """Made once for a run; used by one thread at a time."""

    def __init__(self, reminding: Reminding, steering: Steering, notes: Notes = no_notes) -> None:
        self.reminding = reminding
        self.steering = steering
        self.notes = notes
        self.is_reminding = True  # False: what memory has stays unsaid
        self.last: Briefing | None = None  # of the latest reply
        self.why = ""  # it was steered as it was

    def __call__(
        self, turns: Sequence[Turn], speaker: Turn, sampling: Sampling, *, has_notes: bool = True
    ) -> tuple[Turn, Sampling]:
        """The speaker with a briefing, and how the reply is drawn. `has_notes`: whether notes may be told here.

        Raises: ModelError where the steering has no model.
        """
        briefing = self._remembered(turns, speaker, has_notes=has_notes) if self.is_reminding else None
        steer = self.steering(turns, speaker.speaker_id)
        if steer.instruction:
            briefing = briefing or Briefing()
            briefing = replace(briefing, system=(*briefing.system, steer.instruction))
        self.last, self.why = briefing, steer.why
        return replace(speaker, briefing=briefing), steered(sampling, steer.generation)

    @property
    def is_mute(self) -> bool:
        """Whether no memory is there that would tell of notes."""
        return isinstance(self.reminding.option, NoMemory)

    def obey(self, rest: str) -> str:
        """What `/memory` answers: what the latest reply was told, or that memory is on or off from now on."""
        if rest in ("on", "off"):
            self.is_reminding = rest == "on"
            return f"Memory is {rest}."
        lines = [f"told: {line}" for line in self.last.system] if self.last else []
        lines += [f"recalled: {line}" for line in self.last.recalled] if self.last else []
        lines += [f"steered by: {self.why}"] if self.why else []
        return "\n".join(lines) or "The latest reply was told nothing beside the conversation."

    def _remembered(self, turns: Sequence[Turn], speaker: Turn, *, has_notes: bool) -> Briefing | None:
        others = (turn for turn in reversed(turns) if turn.speaker_id != speaker.speaker_id)
        asker = next(others, None) if has_notes else None
        notes = [f"{asker.speaker_name}: {text}" for text in self.notes(asker.speaker_id)] if asker else []
        return self.reminding(turns, speaker.speaker_id, notes=notes)


def steered(sampling: Sampling, changes: Any) -> Sampling:
    """The sampling with these changes; a reply is never to be longer than it may be."""
    if not changes:
        return sampling
    longest = changes.get("max_new_tokens", sampling.max_new_tokens)
    least = min(changes.get("min_new_tokens", sampling.min_new_tokens), longest)
    return replace(sampling, **{**changes, "min_new_tokens": least})

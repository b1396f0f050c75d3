"""A sample as a list of role, name, content and weight: what OpenAI's, ShareGPT's and others' shapes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Sample


class Said(NamedTuple):
    """One content: a message, or a burst joined by newlines."""

    is_persona: bool
    name: str
    content: str
    is_learnt: bool


def contents(sample: Sample, *, is_joined: bool) -> Iterator[Said]:
    """The messages of a sample in order; joined, one content a turn, as trainers want that demand that roles alternate.

    In a group neighbours of equal role are left: two others who speak in turn.
    """
    for turn in sample.turns:
        for text in ["\n".join(turn.messages)] if is_joined else turn.messages:
            yield Said(turn.is_persona, turn.speaker_name, text, turn.is_learnt)

"""What a sample says, each turn as one text: people send in several messages what others send in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Sample


def answers(sample: Sample) -> list[str]:
    """What is learnt of it, or measured."""
    return ["\n".join(turn.messages) for turn in sample.turns if turn.is_learnt]


def everything(sample: Sample) -> list[str]:
    """All of it, asides too: they may quote an answer."""
    turns = sample.turns
    return [*["\n".join(turn.messages) for turn in turns], *[turn.aside for turn in turns if turn.aside]]

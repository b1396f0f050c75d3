"""What one speaker sent in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from doppel.samples.roles import Roles


@dataclass(slots=True)
class Burst:
    """Messages with words of one speaker."""

    speaker_id: str
    messages: list[Message]  # at least one, in the order sent


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to become a sample."""

    bursts: Sequence[Burst]
    is_learnt: list[bool]  # for each burst
    name_giver: Message  # the sample is known by it


def bursts_of(messages: Iterable[Message], roles: Roles) -> list[Burst]:
    """The messages with words, those that one speaker sent in a row together."""
    bursts, current, sender_id = list[Burst](), list[Message](), ""
    for message in messages:
        text = message.text
        if not text or text.isspace():
            continue
        if not current or message.sender_id != sender_id:
            sender_id = message.sender_id
            speaker_id = roles.speaker(sender_id)
            if not current or speaker_id != bursts[-1].speaker_id:
                current = []
                bursts.append(Burst(speaker_id, current))
        current.append(message)
    return bursts


def answer(context: Sequence[Burst], learnt: Burst) -> Draft:
    """The sample of one answer: it alone is learnt, and it gives its name."""
    return Draft([*context, learnt], [False] * len(context) + [True], learnt.messages[0])

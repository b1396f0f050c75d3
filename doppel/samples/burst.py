"""What one speaker sent in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from doppel.samples.roles import Roles
    from doppel.types import Message


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
    speaker_of, bursts, current = roles.speaker_of, list[Burst](), ""
    for message in messages:
        text = message.text
        if not text or text.isspace():
            continue
        speaker_id = speaker_of.get(message.sender_id, message.sender_id)
        if speaker_id == current and bursts:
            bursts[-1].messages.append(message)
        else:
            bursts.append(Burst(speaker_id, [message]))
            current = speaker_id
    return bursts


def answer(context: Sequence[Burst], learnt: Burst) -> Draft:
    """The sample of one answer: it alone is learnt, and it gives its name."""
    return Draft([*context, learnt], [False] * len(context) + [True], learnt.messages[0])

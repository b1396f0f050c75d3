"""Who speaks in an export, counted in one pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Message


@dataclass(frozen=True, slots=True)
class Speaker:
    """One sender_id of the export."""

    speaker_id: str
    name: str  # the most frequent of the names
    names: frozenset[str]  # every name the export shows for this id
    messages: int  # without service messages; 0 for who never speaks


@dataclass(frozen=True, slots=True)
class People:
    """Everyone in the export by sender_id, most talkative first."""

    by_id: Mapping[str, Speaker]


def count_people(messages: Iterator[Message]) -> People:
    """Everyone who sent a message or is named by a service message."""
    names: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    for message in messages:
        names.setdefault(message.sender_id, Counter())[message.sender_name] += 1
        counts[message.sender_id] += not message.is_service
    order = sorted(counts, key=lambda speaker_id: (-counts[speaker_id], speaker_id))
    return People({speaker_id: _speaker(speaker_id, names[speaker_id], counts[speaker_id]) for speaker_id in order})


def _speaker(speaker_id: str, names: Counter[str], messages: int) -> Speaker:
    shown = Counter({name: count for name, count in names.items() if name})  # a deleted account has no name
    name = max(shown, key=lambda name: (shown[name], name), default="Unknown")
    return Speaker(speaker_id, name, frozenset(shown), messages)

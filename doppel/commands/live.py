"""The situation of a live conversation: the samples' own object tells it, from the same facts in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doppel.commands.show import console
from doppel.config.build import build
from doppel.engine.cast import Known
from doppel.engine.conversation import Asides, Said
from doppel.persona.find import matches
from doppel.samples.burst import Burst
from doppel.samples.situation import Situation
from doppel.samples.telling import Telling
from doppel.types import Cast, Message, People, Persona, Speaker


def live_asides(samples_node: dict[str, Any], personas: tuple[Persona, ...], people: list[Known]) -> Asides | None:
    """What tells the situation that the run's samples were made with; None where they had none."""
    node = samples_node.get("situation")
    if node is None:
        return None
    situation: Situation = build(node)
    known = _people(people)
    found = {who: frozenset(one.speaker_id for one in matches(who, known)) for who in situation.relationships}
    situation.meet(Cast(personas, lambda _: {}, lambda who: found[who]))
    missing = sum(not ids for ids in found.values())
    if missing:  # no fault: a rule may have left them out
        told = f"note: {missing} of {len(found)} in samples.situation.relationships are nobody in the run's samples"
        console().print(
            f"{told}, at least under that name (privacy=names hides names, never ids)", markup=False, soft_wrap=True
        )
    names = {speaker_id: persona.name for persona in personas for speaker_id in persona.ids}
    return LiveAsides(situation, names)


class LiveAsides:
    """Asides of a chat that is just happening: one session, with those who take part in it."""

    def __init__(self, situation: Situation, own: Mapping[str, str]) -> None:
        """`own`: id -> name, of all ids of the personas."""
        self.situation = situation
        self.own = own

    def __call__(
        self, before: tuple[Said, ...], speaker_id: str, now: datetime, present: Mapping[str, str]
    ) -> str | None:
        """The aside of a turn that begins now."""
        names = {**self.own, **{one.turn.speaker_id: one.turn.speaker_name for one in before}, **present}
        bursts = [_burst(place, one.turn.speaker_id, one.began_at, one.ended_at) for place, one in enumerate(before)]
        bursts.append(_burst(len(before), speaker_id, now, now))
        telling = Telling(self.situation, names, frozenset(self.own), before=None)
        telling.meet(bursts)
        return telling.asides(bursts)[-1]


def _burst(place: int, speaker_id: str, *moments: datetime) -> Burst:
    """A burst of wordless messages: what a situation asks of them is whose they are, and when they were sent."""
    messages = [
        Message(
            chat_id="",
            chat_name="",
            chat_kind="personal",
            message_id=place * len(moments) + number,
            sent_at=moment,
            sender_id=speaker_id,
            sender_name="",
            text="",
        )
        for number, moment in enumerate(moments)
    ]
    return Burst(speaker_id, messages)


def _people(people: list[Known]) -> People:
    names: dict[str, list[str]] = {}
    for one in people:
        names.setdefault(one.speaker_id, []).append(one.name)
    return People({who: Speaker(who, called[0], frozenset(called), 0) for who, called in names.items()}, {})

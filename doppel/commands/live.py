"""The situation of a live conversation: the samples' own object tells it, from the same facts in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doppel.config.build import build
from doppel.engine.conversation import Asides, Said
from doppel.samples.burst import Burst
from doppel.samples.situation import Situation
from doppel.samples.telling import Telling
from doppel.types import Message, Persona


def live_asides(
    samples_node: dict[str, Any],
    personas: tuple[Persona, ...],
    relationships: Mapping[str, str],
    *,
    is_timed: bool,
) -> Asides | None:
    """What tells the situation that the run's samples were made with; None where they had none.

    `relationships`: of the manifest, by speaker_id; `is_timed`: whether the samples were told of times.
    """
    node = samples_node.get("situation")
    if node is None:
        return None
    situation: Situation = build(node)
    situation.by_id.update(relationships)
    names = {speaker_id: persona.name for persona in personas for speaker_id in persona.ids}
    return LiveAsides(situation, names, is_timed=is_timed)


class LiveAsides:
    """Asides of a chat that is just happening: one session, with those who take part in it."""

    def __init__(self, situation: Situation, own: Mapping[str, str], *, is_timed: bool) -> None:
        """`own`: id -> name, of all ids of the personas."""
        self.is_timed = is_timed
        self.situation = situation
        self.own = own

    def __call__(
        self, before: tuple[Said, ...], speaker_id: str, now: datetime, present: Mapping[str, str]
    ) -> str | None:
        """The aside of a turn that begins now."""
        names = {**self.own, **{one.turn.speaker_id: one.turn.speaker_name for one in before}, **present}
        said = [(one.turn.speaker_id, (one.began_at, one.ended_at)) for one in before]
        bursts = [self._burst(place, *one) for place, one in enumerate([*said, (speaker_id, (now, now))])]
        telling = Telling(self.situation, names, frozenset(self.own), before=None)
        telling.meet(bursts)
        return telling.asides(bursts)[-1]

    def _burst(self, place: int, speaker_id: str, moments: tuple[datetime, datetime]) -> Burst:
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
                is_timed=self.is_timed,
            )
            for number, moment in enumerate(moments)
        ]
        return Burst(speaker_id, messages)

"""The situation of each turn of a sample, from what was known when the turn began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from doppel.samples.burst import Burst
    from doppel.samples.situation import Situation
    from doppel.types import Message


def known_time(message: Message) -> datetime | None:
    """When the message was sent, None where the source does not tell."""
    return message.sent_at if message.is_timed else None


class Telling:
    """Tells the turns of the samples of one session. Looks back only; out of the session, at nothing but a time."""

    def __init__(
        self, situation: Situation, names: Mapping[str, str], own: frozenset[str], before: datetime | None
    ) -> None:
        """`names`: of everyone in the chat; `own`: the personas' ids; `before`: when the chat last had a word."""
        self.situation, self.names, self.own, self.before = situation, names, own, before
        self.places: dict[int, tuple[int, Message]] = {}  # message_id -> where in the session, and the message

    def meet(self, session: Sequence[Burst]) -> None:
        """Learns what is said in the session."""
        messages = [message for burst in session for message in burst.messages]
        self.places = {message.message_id: (place, message) for place, message in enumerate(messages)}

    def asides(self, bursts: Sequence[Burst]) -> list[str | None]:
        """The aside of each turn, None where there is nothing to tell."""
        told, label, asides = set(self.own), None, []
        for index, burst in enumerate(bursts):
            first, previous = burst.messages[0], bursts[index - 1] if index else None
            partner = self._partner(burst, told, is_opening=index == 0)
            told.update(partner[:1] if partner else ())
            new_label = None if first.label == label else first.label
            label = new_label or label
            aside = self.situation.aside(
                known_time(first),
                previous_at=known_time(previous.messages[-1]) if previous else self._last_word(first),
                is_opening=index == 0,
                partner=partner,
                quote=self._quote(first, previous),
                label=new_label,
            )
            asides.append(aside)
        return asides

    def _partner(self, burst: Burst, told: set[str], *, is_opening: bool) -> tuple[str, str] | None:
        """Who is to be introduced with this turn: its speaker, or the only other one of the chat from the start."""
        others = [who for who in self.names if who not in self.own] if is_opening else []
        who = others[0] if len(others) == 1 else burst.speaker_id
        return None if who in told else (who, self.names[who])

    def _last_word(self, first: Message) -> datetime | None:
        """When the chat last had a word before the session, where the sample begins with it."""
        return None if self.places[first.message_id][0] else self.before

    def _quote(self, first: Message, previous: Burst | None) -> tuple[str, str] | None:
        """Whose words a turn replies to, where they are earlier ones of the session and not the turn right before."""
        if first.reply_to is None or first.reply_to not in self.places:
            return None
        place, quoted = self.places[first.reply_to]
        is_seen = previous is not None and any(message is quoted for message in previous.messages)
        if is_seen or place >= self.places[first.message_id][0]:
            return None
        return self.names[quoted.sender_id], quoted.text

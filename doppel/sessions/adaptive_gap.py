"""A conversation ends where nobody writes for long, by the measure of the chat."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.sessions.conversation import conversations
from doppel.sessions.valley import valley

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message, PositiveFloat, PositiveInt, Session

READ = 20_000  # messages of a chat that its gap is read off, and all that is held of it


class SplitByOwnGap:
    """Cuts each chat at silences longer than those within its own conversations (doppel.sessions.valley).

    The gap is read off the first messages of the chat and kept between `min_gap_minutes` and `max_gap_minutes`; it is
    `usual_gap_minutes` where the chat has fewer than `min_silences` or they do not fall into two kinds.
    """

    def __init__(
        self,
        *,
        min_gap_minutes: PositiveFloat,
        usual_gap_minutes: PositiveFloat,
        max_gap_minutes: PositiveFloat,
        min_silences: PositiveInt,
        topics: bool,
    ) -> None:
        if not min_gap_minutes <= usual_gap_minutes <= max_gap_minutes:
            raise ConfigError(
                f"sessions: min_gap_minutes={min_gap_minutes:g}, usual_gap_minutes={usual_gap_minutes:g} and "
                f"max_gap_minutes={max_gap_minutes:g} must not fall"
            )
        self.bounds = (min_gap_minutes, max_gap_minutes)
        self.usual = usual_gap_minutes
        self.min_silences = min_silences
        self.topics = topics

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """The sessions of each chat in turn, their messages in order of time."""
        total, usual, own = 0, 0, []
        for _, chat in groupby(messages, key=attrgetter("chat_id")):
            first = list(islice(chat, READ))
            gap = self._gap_minutes(first)
            if gap is None:
                usual += 1
            else:
                own.append(gap)
            max_gap = timedelta(minutes=self.usual if gap is None else gap)
            for session in conversations(chain(first, chat), max_gap, topics=self.topics):
                total += len(session.messages)
                yield session
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")
        if own:
            own.sort()
            funnel.note(
                f"sessions: the gap was read off {len(own):,} chats: {own[0]:.0f} to {own[-1]:.0f} minutes, "
                f"{own[len(own) // 2]:.0f} in the middle; {usual:,} have the usual {self.usual:g}."
            )

    def _gap_minutes(self, chat: list[Message]) -> float | None:
        silences = []
        last: dict[str | None, Message] = {}
        for message in chat:
            if message.is_break:
                continue
            topic = message.topic if self.topics else None
            if topic in last:
                silences.append((message.sent_at - last[topic].sent_at).total_seconds())
            last[topic] = message
        seconds = valley(silences) if len(silences) >= self.min_silences else None
        if seconds is None:
            return None
        lower, upper = self.bounds
        return min(max(seconds / 60, lower), upper)

"""A conversation ends where nobody writes for a while."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.types import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Funnel, Message, PositiveFloat


class SplitByGap:
    """Cuts each chat wherever the silence is longer than `max_gap_minutes`. Holds one chat in memory."""

    def __init__(self, *, max_gap_minutes: PositiveFloat) -> None:
        self.max_gap = timedelta(minutes=max_gap_minutes)

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Session]:
        """The sessions of each chat in turn, their messages in order of time."""
        total = out_of_order = 0
        for _, group in groupby(messages, key=attrgetter("chat_id")):
            chat = list(group)
            total += len(chat)
            out_of_order += sum(_key(left) > _key(right) for left, right in pairwise(chat))
            chat.sort(key=_key)
            yield from self._cut(chat)
        funnel.add("sessions", kept=total, dropped=0, unit="messages", why="")
        if out_of_order:
            funnel.note(f"sessions: {out_of_order:,} messages came before an earlier one: chats were sorted by time.")

    def _cut(self, chat: list[Message]) -> Iterator[Session]:
        first, start = chat[0], 0
        for index, (left, right) in enumerate(pairwise(chat), start=1):
            # Whole timedeltas are compared: `.seconds`, which two of the five systems use, forgets the days.
            if right.sent_at - left.sent_at > self.max_gap:
                yield Session(first.chat_id, first.chat_name, tuple(chat[start:index]))
                start = index
        yield Session(first.chat_id, first.chat_name, tuple(chat[start:]))


_key = attrgetter("sent_at", "message_id")

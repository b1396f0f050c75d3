"""Messages of one chat as conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.types import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from doppel.types import Message


def session(messages: Sequence[Message], before: Message | None) -> Session:
    """The session of these messages, at least one, of one chat and in order; `before`: what the chat had right before
    the first of them, in whatever conversation."""
    first = messages[0]
    silent_since = before.sent_at if before is not None and before.is_timed else None
    return Session(f"{first.chat_id}/{first.message_id}", first.chat_id, first.chat_name, tuple(messages), silent_since)


def conversations(chat: Iterable[Message], max_gap: timedelta, *, topics: bool) -> Iterator[Session]:
    """The messages of one chat, in order of time, cut at longer silences and at marks of a break.

    With `topics` each topic by itself; a break without one ends all that is under way.
    """
    under_way: dict[str | None, tuple[list[Message], Message | None]] = {}  # topic -> the conversation, what was before
    last: Message | None = None  # in whatever topic
    for message in chat:
        topic = message.topic if topics else None
        if message.is_break:
            for over in [topic] * (topic in under_way) if topic is not None else list(under_way):
                yield session(*under_way.pop(over))
            continue
        before, last = last, message
        current = under_way.get(topic)
        # Whole timedeltas are compared: `.seconds`, which two of the five systems use, forgets the days.
        if current is not None and message.sent_at - current[0][-1].sent_at <= max_gap:
            current[0].append(message)
            continue
        # Those of other topics too: no more is held than is under way.
        silent = [other for other, (held, _) in under_way.items() if message.sent_at - held[-1].sent_at > max_gap]
        for over in silent:
            yield session(*under_way.pop(over))
        under_way[topic] = ([message], before)
    for held in under_way.values():
        yield session(*held)

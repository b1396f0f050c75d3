"""Running the rules over the messages, each with its line in the funnel."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from doppel.types import Funnel, Message


class Filter(Protocol):
    """A rule about one message."""

    why: str  # what it leaves out, in words

    def __call__(self, message: Message) -> Message | None:
        """The message, perhaps changed; None to leave it out."""
        ...


@runtime_checkable
class ChatFilter(Protocol):
    """A rule that must see a whole chat to judge it."""

    why: str

    def keeps_chat(self, messages: Sequence[Message]) -> bool:
        """Whether the messages of this chat stay."""
        ...

    def advice(self, chats: int) -> str:
        """What a user should be told when this many chats were left out."""
        ...


def apply_filters(
    messages: Iterator[Message], filters: Mapping[str, Filter | ChatFilter], funnel: Funnel
) -> Iterator[Message]:
    """What the rules leave, in the order of `filters`. A chat rule holds one chat in memory, the others one message."""
    for name, rule in filters.items():
        stage = f"filters.{name}"
        if isinstance(rule, ChatFilter):
            messages = _by_chat(messages, rule, stage, funnel)
        else:
            messages = _one_by_one(messages, rule, stage, funnel)
    return messages


def _one_by_one(messages: Iterator[Message], rule: Filter, stage: str, funnel: Funnel) -> Iterator[Message]:
    kept = dropped = 0
    for message in messages:
        answer = rule(message)
        if answer is None:
            dropped += 1
        else:
            kept += 1
            yield answer
    funnel.add(stage, kept=kept, dropped=dropped, unit="messages", why=rule.why)


def _by_chat(messages: Iterator[Message], rule: ChatFilter, stage: str, funnel: Funnel) -> Iterator[Message]:
    kept = dropped = chats = 0
    for _, group in groupby(messages, key=attrgetter("chat_id")):
        chat = list(group)
        if rule.keeps_chat(chat):
            kept += len(chat)
            yield from chat
        else:
            dropped += len(chat)
            chats += 1
    funnel.add(stage, kept=kept, dropped=dropped, unit="messages", why=rule.why)
    if chats:
        funnel.note(f"{stage}: {rule.advice(chats)}")

"""Running the rules over the messages, each with its line in the funnel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from doppel.types import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from doppel.types import Funnel, Message, People


class Filter(Protocol):
    """A rule about one message."""

    why: str  # what it leaves out, in words; "" when it leaves nothing out

    def __call__(self, message: Message) -> Message | None:
        """The message, perhaps changed; None to leave it out; a break mark where conversations end, too."""
        ...


@runtime_checkable
class MeetsPeople(Protocol):
    """A rule that looks at the whole export before the first message."""

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:
        """Resolves names, decides about whole chats. Raises: DataError."""
        ...


@runtime_checkable
class CountsChanges(Protocol):
    """A rule that changes messages."""

    def changes(self) -> Mapping[str, int]:
        """What it changed -> how often."""
        ...


@runtime_checkable
class HasNotes(Protocol):
    """A rule with something to tell beside the numbers."""

    def notes(self) -> list[str]:
        """What a user should be told, after the last message."""
        ...


@runtime_checkable
class MayBeIdle(Protocol):
    """A rule that need not ask for anything: it stands ready in a preset, and costs nothing."""

    is_idle: bool


@runtime_checkable
class HidesExamples(Protocol):
    """A rule whose left-out messages are not shown in any report either."""

    hides_examples: bool


def apply_filters(
    messages: Iterator[Message],
    filters: Mapping[str, Filter],
    people: People,
    find: Callable[[str], frozenset[str]],
    funnel: Funnel,
) -> Iterator[Message]:
    """What the rules leave, in the order of `filters`, one message in memory; break marks pass uncounted.

    Rules that ask for nothing have no line in the funnel.
    Raises: DataError at once, where a rule names someone who is not in the export.
    """
    busy = {name: rule for name, rule in filters.items() if not (isinstance(rule, MayBeIdle) and rule.is_idle)}
    for rule in busy.values():
        if isinstance(rule, MeetsPeople):
            rule.meet(people, find)
    return _left(messages, busy, funnel)


def _left(messages: Iterator[Message], filters: Mapping[str, Filter], funnel: Funnel) -> Iterator[Message]:
    # One loop for all rules, in which only what is rare is counted: half the time of a generator for each rule.
    calls = [rule.__call__ for rule in filters.values()]
    dropped = [0] * len(calls)
    arrived = 0
    for message in messages:
        if message.is_break:
            yield message
            continue
        arrived += 1
        left: Message | None = message
        for call in calls:
            answer = call(message)
            if answer is message:
                continue
            if answer is None or answer.is_break:
                place = calls.index(call)
                dropped[place] += 1
                if dropped[place] <= EXAMPLES:
                    _show(place, message, filters, funnel)
                left = answer
                break
            left = message = answer
        if left is not None:
            yield left
    _count(arrived, dropped, filters, funnel)


def _show(place: int, message: Message, filters: Mapping[str, Filter], funnel: Funnel) -> None:
    name, rule = list(filters.items())[place]
    if not (isinstance(rule, HidesExamples) and rule.hides_examples):
        funnel.example(f"filters.{name}", message)


def _count(arrived: int, dropped: list[int], filters: Mapping[str, Filter], funnel: Funnel) -> None:
    for (name, rule), left_out in zip(filters.items(), dropped, strict=True):
        stage = f"filters.{name}"
        arrived -= left_out
        funnel.add(stage, kept=arrived, dropped=left_out, unit="messages", why=rule.why)
        if isinstance(rule, CountsChanges):
            funnel.tally(stage, rule.changes())
        if isinstance(rule, HasNotes):
            for note in rule.notes():
                funnel.note(f"{stage}: {note}")

"""Running the rules over the messages, each with its line in the funnel."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from doppel.types import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from doppel.types import Funnel, Message, People, Persona

    Call = Callable[[Message], Message | None]

MOST_ALIKE = 100_000  # kinds of messages that are remembered: as many as senders in chats, and a few


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
class MeetsPersonas(Protocol):
    """A rule that may leave out every word that is to be learnt."""

    def meet_personas(self, personas: Sequence[Persona]) -> None:
        """Called after `meet`. Raises: ConfigError for a persona of whom nothing is left."""
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
class LooksAt(Protocol):
    """A rule that looks at nothing but a few fields: messages with the same values there get the same answer."""

    looks_at: tuple[str, ...]  # none of them the text, as what was answered is remembered


@runtime_checkable
class HidesExamples(Protocol):
    """A rule whose messages are shown in no report, whatever rule or stage has left them out."""

    def hides(self, message: Message) -> bool:
        """Whether the message, as it would be shown, is one of these. It may be asked at any time."""
        ...


@runtime_checkable
class SparesPeople(Protocol):
    """The rule on whose words may be used: it comes before all others, so that none takes a word from its sight."""

    unlearnt: frozenset[str]  # sender_ids whose words are never learnt, also where they may be read

    def parted(self, messages: Iterator[Message]) -> Iterator[Message]:
        """What all rules have left, with more marks where conversations end."""
        ...

    def told(self, people: People) -> People:
        """The people as they may be told."""
        ...


def apply_filters(
    messages: Iterator[Message],
    filters: Mapping[str, Filter],
    people: People,
    find: Callable[[str], frozenset[str]],
    funnel: Funnel,
) -> Iterator[Message]:
    """What the rules leave, one message in memory; break marks pass uncounted.

    In the order of `filters`, but that whose words may be used is asked before all else. Rules that ask for nothing
    have no line in the funnel.
    Raises: DataError at once, where a rule names someone who is not in the export.
    """
    busy = dict(sorted(_busy(filters).items(), key=lambda named: not isinstance(named[1], SparesPeople)))
    for rule in busy.values():
        if isinstance(rule, MeetsPeople):
            rule.meet(people, find)
    messages = _left(messages, busy, funnel)
    for rule in busy.values():
        if isinstance(rule, SparesPeople):
            messages = rule.parted(messages)
    return messages


def hidden_by(filters: Mapping[str, Filter]) -> Callable[[Message], bool]:
    """Tells whether a message is to be shown nowhere, once the rules have met the people."""
    asked = [rule.hides for rule in _busy(filters).values() if isinstance(rule, HidesExamples)]
    return lambda message: any(hides(message) for hides in asked)


def sparing(filters: Mapping[str, Filter]) -> Iterable[SparesPeople]:
    """The rules on whose words may be used, none where nobody is left out."""
    return [rule for rule in _busy(filters).values() if isinstance(rule, SparesPeople)]


def _busy(filters: Mapping[str, Filter]) -> dict[str, Filter]:
    return {name: rule for name, rule in filters.items() if not (isinstance(rule, MayBeIdle) and rule.is_idle)}


def _left(messages: Iterator[Message], filters: Mapping[str, Filter], funnel: Funnel) -> Iterator[Message]:
    # One loop for all rules, in which only what is rare is counted: half the time of a generator for each rule. Rules
    # that look at a few fields are not asked again about messages that are alike in all of these.
    calls: list[Call] = [rule.__call__ for rule in filters.values()]
    alike, others = _told_apart(filters)
    untouched: set[Any] = set()  # values of the fields with which no rule leaves out or changes a message
    line, arrived = _Line(filters, funnel), 0
    for message in messages:
        if message.is_break:
            yield message
            continue
        arrived += 1
        kind = alike(message)
        is_known = kind in untouched
        for call in others if is_known else calls:
            answer = call(message)
            if answer is not message:
                left = line.follow(message, answer, calls.index(call))
                if left is not None:
                    yield left
                break
        else:
            if not is_known and len(untouched) < MOST_ALIKE:
                untouched.add(kind)
            yield message
    line.report(arrived)


def _told_apart(filters: Mapping[str, Filter]) -> tuple[Callable[[Message], Any], list[Call]]:
    """What gives the fields of a message that some rules look at, and the calls of all other rules."""
    fields = {"is_service"}
    others: list[Call] = []
    for rule in filters.values():
        if isinstance(rule, LooksAt):
            fields.update(rule.looks_at)
        else:
            others.append(rule.__call__)
    return attrgetter(*sorted(fields)), others


class _Line:
    """The rules in a row, and how many messages each has left out."""

    def __init__(self, filters: Mapping[str, Filter], funnel: Funnel) -> None:
        self.filters, self.funnel = filters, funnel
        self.calls: list[Call] = [rule.__call__ for rule in filters.values()]
        self.dropped = [0] * len(self.calls)
        self.is_hidden = hidden_by(filters)

    def follow(self, message: Message, answer: Message | None, place: int) -> Message | None:
        """What is left of a message that the rule at `place` has answered like this, after all rules behind it."""
        while answer is not None and not answer.is_break:
            message, place = answer, place + 1
            if place == len(self.calls):
                return message
            answer = self.calls[place](message)
        self.dropped[place] += 1
        if self.dropped[place] <= EXAMPLES:
            self._show(place, message)
        return answer

    def report(self, arrived: int) -> None:
        """Adds a line for each rule to the funnel, and what the rules have to say."""
        for (name, rule), left_out in zip(self.filters.items(), self.dropped, strict=True):
            stage = f"filters.{name}"
            arrived -= left_out
            self.funnel.add(stage, kept=arrived, dropped=left_out, unit="messages", why=rule.why)
            if isinstance(rule, CountsChanges):
                self.funnel.tally(stage, rule.changes())
            if isinstance(rule, HasNotes):
                for note in rule.notes():
                    self.funnel.note(f"{stage}: {note}")

    def _show(self, place: int, message: Message) -> None:
        if not self.is_hidden(message):
            self.funnel.example(f"filters.{list(self.filters)[place]}", message)

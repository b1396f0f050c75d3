"""What is asked of a model, what it answers, and what is found: the nouns of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from doppel.types import Turn

Burst = tuple[str, ...]  # the messages of one reply
Better = Literal["lower", "higher", "real"]  # real: the nearer to what the person themself gets
RESULT, BASE, FEW_SHOT, RETRIEVAL = "result", "base", "few_shot", "retrieval"  # systems, as files call them
REAL, OTHERS = "real", "others"  # the person's own held-out replies, and those of others, measured in the same way


@dataclass(frozen=True, slots=True)
class Moment:
    """A reply of the person in its context."""

    turns: tuple[Turn, ...]  # what was said before, oldest first; another one has said something
    reply: Turn  # what the person said
    contact_id: str  # who of the others spoke last
    contact_name: str
    year: int | None  # None where the source tells no times


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a model holds a reply."""

    nats: float  # negative log-likelihood, summed over the tokens
    tokens: int  # learnt ones, the end of the reply among them
    is_likeliest: tuple[bool, ...] = ()  # of each of them, whether the model holds no other token likelier there


@dataclass(frozen=True, slots=True)
class Material:
    """All texts of an evaluation. What is held out was said later than what is learnt."""

    held_out: Sequence[Moment]  # replies of the person, evenly over the time
    asked: Sequence[Moment]  # those of them that models answer themselves
    learnt: Sequence[Moment]  # replies that the training has seen, evenly over the time
    own: Sequence[Burst]  # of the person, in training
    others: Sequence[Burst]  # of everyone else, in training
    others_held_out: Sequence[Burst]
    hidden_names: Sequence[str]  # of people who are not to be quoted
    private_in: Callable[[str], list[str]]  # numbers, addresses and secrets that stand in a text
    canaries: Mapping[Moment, int]  # planted replies -> how often each was learnt
    seed: int

    @property
    def real(self) -> list[Burst]:
        """What the person said in the moments that are asked."""
        return [moment.reply.messages for moment in self.asked]


class System(Protocol):
    """A model that is evaluated, or a baseline. Answers are kept: asking twice costs nothing."""

    has_likelihood: bool  # False: it answers, and holds no reply likelier than another
    is_prompted: bool  # True: what it knows of the person stands in its prompt, and nothing in its weights

    def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
        """How likely each reply is in its context; None where it is too long for the model."""
        ...

    def replies(self, moments: Sequence[Moment]) -> list[Burst]:
        """What it says itself in each context."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A measured value with its 95 % interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One number for each system."""

    name: str
    values: Mapping[str, Number]
    unit: str
    better: Better
    says: str  # what it means, in words
    of: str = ""  # the part it is about: a contact, a year
    band: Number | None = None  # where the person themself lies: the value, from, to
    is_shown: bool = False  # in the short table


@dataclass(frozen=True, slots=True)
class Finding:
    """What a metric found."""

    measures: Sequence[Measure]
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Metric(Protocol):
    """One module of this package each."""

    min_replies: int  # held-out replies (for some: generated ones) below which it says nothing
    needs_likelihood: bool  # True: it asks nothing of a system without one

    def ask(self, material: Material, system: System) -> Any:
        """What it wants to know of each system."""
        ...

    def judge(self, material: Material, answers: Mapping[str, Any]) -> Finding | str:
        """What follows from the answers, by system; why nothing does, in words, where there are too few."""
        ...


def too_few(what: str, number: int, needed: int) -> str | None:
    """Why a metric is left out, None where it need not be."""
    return None if number >= needed else f"{number} {what}, at least {needed} are needed"

"""One sample an answer, with the conversation before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.samples.burst import Burst, Draft, answer
from doppel.samples.context import Context
from doppel.samples.maker import Maker
from doppel.samples.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.samples.recency import HalfLife
    from doppel.samples.roles import Roles
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap
    from doppel.types import Cast, Funnel, NonNegativeInt, PositiveInt, Sample, Session


class Windows:
    """Every turn to learn is a sample of its own, whose other turns are context alone (digital_copy).

    Every answer is learnt with the same length of context, and each turn is read many times. `learn`,
    `learn_openings`, `min_turns`: as in doppel.samples.dialogue; the others: doppel.samples.context.
    """

    def __init__(
        self,
        *,
        learn: Literal["persona", "everyone"] | list[str | int],
        learn_openings: bool,
        max_context_turns: PositiveInt | None,
        max_context_chars: PositiveInt | None,
        turn_chars: NonNegativeInt,
        message_chars: NonNegativeInt,
        overflow: Literal["trim", "empty"],
        min_turns: PositiveInt,
        trivial: TrivialCap | None,
        situation: Situation | None,
        recency: HalfLife | None,
    ) -> None:
        self.rules = Rules(learn, trivial, situation, recency)
        self.learn_openings = learn_openings
        self.context = Context(
            max_context_turns, max_context_chars, overflow, turn_chars=turn_chars, message_chars=message_chars
        )
        self.min_turns = min_turns

    def __call__(self, sessions: Iterator[Session], cast: Cast, funnel: Funnel) -> Iterator[Sample]:
        """The samples, session by session. Raises: DataError, at the end, if there is none."""
        maker = Maker(cast, self.rules, min_turns=self.min_turns, unused="neither learnt nor context")
        return maker.made(sessions, self._drafts, funnel)

    def _drafts(self, bursts: list[Burst], roles: Roles) -> Iterator[Draft]:
        is_learnable = [roles.is_learnable(burst.speaker_id) for burst in bursts]
        for index, context in enumerate(self.context.before_each(bursts, is_learnable)):
            if is_learnable[index] and (index or self.learn_openings):
                yield answer(context, bursts[index])

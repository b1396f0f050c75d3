"""One sample a reply, with the chain of replies that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.samples.burst import Burst, Draft, answer
from doppel.samples.maker import Maker
from doppel.samples.quoting import Quoting
from doppel.samples.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.samples.recency import HalfLife
    from doppel.samples.roles import Roles
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap
    from doppel.types import Cast, Funnel, PositiveInt, Sample, Session


class Replies:
    """Every reply to learn, behind the quoted message, what that one replied to, and so on up to the first.

    For groups: what others said meanwhile is left out. Answers without a reply link are no samples; neighbours in the
    chain by one speaker are one turn. `max_context_turns`: of the chain, the latest; None: all of it. `learn`,
    `min_turns`: as in doppel.samples.dialogue.
    """

    def __init__(
        self,
        *,
        learn: Literal["persona", "everyone"] | list[str | int],
        max_context_turns: PositiveInt | None,
        min_turns: PositiveInt,
        trivial: TrivialCap | None,
        situation: Situation | None,
        recency: HalfLife | None,
    ) -> None:
        self.rules = Rules(learn, trivial, situation, recency)
        self.max_context_turns = max_context_turns
        self.min_turns = min_turns

    def __call__(self, sessions: Iterator[Session], cast: Cast, funnel: Funnel) -> Iterator[Sample]:
        """The samples, session by session. Raises: DataError, at the end, if there is none."""
        maker = Maker(cast, self.rules, min_turns=self.min_turns, unused="neither learnt nor in a chain that led there")
        return maker.made(sessions, self._drafts, funnel)

    def _drafts(self, bursts: list[Burst], roles: Roles) -> Iterator[Draft]:
        quoting = Quoting(bursts)
        for said in quoting.answers():
            if said.quoted is not None and roles.is_learnable(said.burst.speaker_id):
                yield answer(quoting.chain(said.quoted, self.max_context_turns), said.burst)

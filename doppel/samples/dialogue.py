"""Whole conversations: every turn of a session, up to the last one that is learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.samples.burst import Draft
from doppel.samples.maker import Maker
from doppel.samples.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.samples.recency import HalfLife
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap
    from doppel.types import Cast, Funnel, PositiveInt, Sample, Session


class Dialogues:
    """One sample a session.

    `learn`: whose turns enter the loss: the personas', everyone's (as doppelganger does), or those of people by id or
    name. `learn_openings`: whether a turn with nothing before it in its session is learnt. `needs_answer`: whether
    sessions are left out in which no persona speaks after somebody else, as doppelganger does. `min_turns`: samples
    with fewer turns are left out.
    """

    def __init__(
        self,
        *,
        learn: Literal["persona", "everyone"] | list[str | int],
        learn_openings: bool,
        needs_answer: bool,
        min_turns: PositiveInt,
        trivial: TrivialCap | None,
        situation: Situation | None,
        recency: HalfLife | None,
    ) -> None:
        self.rules = Rules(learn, trivial, situation, recency)
        self.learn_openings = learn_openings
        self.needs_answer = needs_answer
        self.min_turns = min_turns

    def __call__(self, sessions: Iterator[Session], cast: Cast, funnel: Funnel) -> Iterator[Sample]:
        """The samples, session by session. Raises: DataError, at the end, if there is none."""
        maker = Maker(cast, self.rules, min_turns=self.min_turns, unused="after the last learnt turn")
        roles = maker.roles
        for session in sessions:
            bursts = maker.bursts(session)
            if self.needs_answer and not any(burst.speaker_id in roles.personas for burst in bursts[1:]):
                maker.tally.leave_out_unanswered(session, sum(len(burst.messages) for burst in bursts))
                continue
            is_learnt = [roles.is_learnable(burst.speaker_id) for burst in bursts]
            if bursts and not self.learn_openings:
                is_learnt[0] = False
            drafts = [Draft(bursts, is_learnt, bursts[0].messages[0])] if bursts else []
            yield from maker.samples(session, bursts, drafts)
        maker.report(funnel)

"""Whole conversations: every turn of a session, up to the last one that is learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.samples.burst import Draft
from doppel.samples.maker import Maker
from doppel.samples.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.samples.burst import Burst
    from doppel.samples.recency import HalfLife
    from doppel.samples.roles import Roles
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap
    from doppel.types import Cast, Funnel, PositiveInt, Sample, Session


class Dialogues:
    """One sample a session.

    `learn`: whose turns enter the loss: the personas', everyone's (as doppelganger does), or those of people by id or
    name. `learn_openings`: whether a turn with nothing before it in its session is learnt. `needs_answer`: whether
    sessions are left out in which no persona speaks after somebody else, as doppelganger does. `min_turns`: samples
    with fewer turns are left out. `max_chars`: so are sessions with more characters up to the last turn to learn, as
    WeClone does; None: none are.
    """

    def __init__(
        self,
        *,
        learn: Literal["persona", "everyone"] | list[str | int],
        learn_openings: bool,
        needs_answer: bool,
        min_turns: PositiveInt,
        max_chars: PositiveInt | None,
        trivial: TrivialCap | None,
        situation: Situation | None,
        recency: HalfLife | None,
    ) -> None:
        self.rules = Rules(learn, trivial, situation, recency)
        self.learn_openings = learn_openings
        self.needs_answer = needs_answer
        self.min_turns = min_turns
        self.max_chars = max_chars

    def __call__(self, sessions: Iterator[Session], cast: Cast, funnel: Funnel) -> Iterator[Sample]:
        """The samples, session by session. Raises: DataError, at the end, if there is none."""
        maker = Maker(cast, self.rules, min_turns=self.min_turns, unused="after the last learnt turn")
        roles = maker.roles
        for session in sessions:
            bursts = maker.bursts(session)
            is_learnt = [roles.is_learnable(burst.speaker_id) for burst in bursts]
            if bursts and not self.learn_openings:
                is_learnt[0] = False
            refusal = self._refusal(bursts, is_learnt, roles)
            if refusal is not None:
                maker.tally.leave_out(session, sum(len(burst.messages) for burst in bursts), refusal)
                continue
            drafts = [Draft(bursts, is_learnt, bursts[0].messages[0])] if bursts else []
            yield from maker.samples(session, bursts, drafts)
        maker.report(funnel)

    def _refusal(self, bursts: list[Burst], is_learnt: list[bool], roles: Roles) -> str | None:
        if self.needs_answer and not any(burst.speaker_id in roles.personas for burst in bursts[1:]):
            return "in which the persona answers nobody"
        if self.max_chars is not None:
            last = max((index for index, learnt in enumerate(is_learnt) if learnt), default=-1)
            if sum(len(message.text) for burst in bursts[: last + 1] for message in burst.messages) > self.max_chars:
                return f"of more than {self.max_chars:,} characters"
        return None

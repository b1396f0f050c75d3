"""One question, one answer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from doppel.samples.burst import Burst, answer
from doppel.samples.maker import Maker
from doppel.samples.quoting import Answer, Quoting
from doppel.samples.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.samples.burst import Draft
    from doppel.samples.recency import HalfLife
    from doppel.samples.roles import Roles
    from doppel.samples.situation import Situation
    from doppel.samples.trivial import TrivialCap
    from doppel.types import Cast, Funnel, Sample, Session


class Pairs:
    """Every answer with what it answers, and nothing before.

    `question`: `previous`, the turn right before; `quoted`, the message that is really replied to, in samples of
    replies alone (DevOpsDudeBot; with learn=everyone, whoever answers); `quoted_or_previous`, the turn right before
    where nothing is quoted. `whole_answers`: whether what follows a reply in the same burst belongs to the answer.
    """

    def __init__(
        self,
        *,
        learn: Literal["persona", "everyone"] | list[str | int],
        question: Literal["previous", "quoted", "quoted_or_previous"],
        whole_answers: bool,
        trivial: TrivialCap | None,
        situation: Situation | None,
        recency: HalfLife | None,
    ) -> None:
        self.rules = Rules(learn, trivial, situation, recency)
        self.question = question
        self.whole_answers = whole_answers

    def __call__(self, sessions: Iterator[Session], cast: Cast, funnel: Funnel) -> Iterator[Sample]:
        """The samples, session by session. Raises: DataError, at the end, if there is none."""
        maker = Maker(cast, self.rules, min_turns=2, unused="neither a question nor a learnt answer")
        drafts = self._to_previous if self.question == "previous" else self._to_quoted
        return maker.made(sessions, drafts, funnel)

    def _to_previous(self, bursts: list[Burst], roles: Roles) -> Iterator[Draft]:
        for previous, burst in pairwise(bursts):
            if roles.is_learnable(burst.speaker_id):
                yield answer([previous], burst)

    def _to_quoted(self, bursts: list[Burst], roles: Roles) -> Iterator[Draft]:
        quoting = Quoting(bursts)
        for said in quoting.answers():
            if not roles.is_learnable(said.burst.speaker_id):
                continue
            if said.quoted is not None:
                yield answer([quoting.alone(said.quoted)], self._whole(said))
            elif self.question == "quoted_or_previous" and said.previous is not None:
                yield answer([said.previous], said.burst)

    def _whole(self, said: Answer) -> Burst:
        return said.burst if self.whole_answers else Burst(said.burst.speaker_id, said.burst.messages[:1])

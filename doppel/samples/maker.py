"""From drafts to samples: names, what is learnt in the end, and what became of every message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from doppel.samples.burst import Burst, Draft, bursts_of
from doppel.samples.numbered import numbered
from doppel.samples.roles import Roles
from doppel.samples.tally import Tally, nothing_learnt
from doppel.samples.telling import Telling
from doppel.types import Sample, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from doppel.samples.rules import Rules
    from doppel.types import Cast, Funnel, Session


Drafts = Callable[[list[Burst], Roles], Iterator[Draft]]  # of a session


class Maker:
    """Makes the samples of one export. Sessions come chat by chat; of a chat, only its names are held."""

    def __init__(self, cast: Cast, rules: Rules, *, min_turns: int, unused: str) -> None:
        """`unused`: the reason in the funnel for messages that no sample of a session with samples has."""
        self.rules = rules
        self.roles = Roles(cast, rules.learn)
        self.tally = Tally(min_turns, unused)
        self.trivial = rules.trivial.counter() if rules.trivial else None
        if rules.situation:
            rules.situation.meet(cast)
        self.chat_id: str | None = None
        self.names: Mapping[str, str] = {}
        self.renamed: set[str] = set()
        self.telling: Telling | None = None
        self.untimed = 0  # samples without times

    def made(self, sessions: Iterable[Session], drafts: Drafts, funnel: Funnel) -> Iterator[Sample]:
        """The samples of all sessions, from the drafts of each. Raises: DataError, at the end, if there is none."""
        for session in sessions:
            bursts = self.bursts(session)
            yield from self.samples(session, bursts, drafts(bursts, self.roles))
        self.report(funnel)

    def bursts(self, session: Session) -> list[Burst]:
        """What is said in the session. To be asked of every session, in their order."""
        if session.chat_id != self.chat_id:
            self.chat_id = session.chat_id
            self.names = self.roles.cast.names(session.chat_id)
            self.renamed |= numbered(self.names)
        bursts = bursts_of(session.messages, self.roles)
        if self.rules.situation:
            own = frozenset(self.roles.speaker_of)
            self.telling = Telling(self.rules.situation, self.names, own, session.silent_since)
            self.telling.meet(bursts)
        return bursts

    def samples(self, session: Session, bursts: Sequence[Burst], drafts: Iterable[Draft]) -> Iterator[Sample]:
        """The samples of a session; what became of its messages is counted when the iterator is exhausted."""
        made, used, is_short = 0, set[int](), False
        for draft in drafts:
            sample = self._sample(session, draft)
            if sample is None:
                continue
            if len(sample.turns) < self.tally.min_turns:
                is_short = True
                continue
            made += 1
            used.update(sample.message_ids)
            self.untimed += not sample.is_timed
            yield sample
        with_words = sum([len(burst.messages) for burst in bursts])
        self.tally.count(session, with_words, made=made, used=len(used), is_short=is_short)

    def report(self, funnel: Funnel) -> None:
        """Adds what became of everything to the funnel. Raises: DataError if nothing is learnt."""
        self.tally.report(funnel)
        if self.renamed:
            funnel.note(f"samples: {len(self.renamed):,} people share a name with someone in their chat: numbered.")
        if self.trivial:
            funnel.note(self.trivial.note())
        if self.untimed and (self.rules.situation or self.rules.recency):
            funnel.note(self._untimed())
        if self.tally.kept_sessions == 0:
            raise nothing_learnt(self.roles.wanted(), funnel)

    def _sample(self, session: Session, draft: Draft) -> Sample | None:
        """The draft up to its last learnt turn, None where nothing is learnt."""
        bursts, is_learnt = draft.bursts, draft.is_learnt
        if self.trivial:
            pairs = zip(bursts, is_learnt, strict=True)
            is_learnt = [learnt and self.trivial.is_within(burst) for burst, learnt in pairs]
        size = len(is_learnt)
        while size and not is_learnt[size - 1]:
            size -= 1
        if not size:
            return None
        messages = [message for burst in bursts[:size] for message in burst.messages]
        recency = self.rules.recency
        first, last, answer = messages[0], messages[-1], bursts[size - 1].messages[0]
        message_ids = tuple([message.message_id for message in messages])
        quoted = {message.reply_to for message in messages if message.reply_to is not None}
        return Sample(
            sample_id=f"{session.chat_id}/{draft.name_giver.message_id}",
            session_id=session.session_id,
            chat_id=session.chat_id,
            chat_name=session.chat_name,
            started_at=first.sent_at,
            ended_at=last.sent_at,
            turns=self._turns(bursts[:size], is_learnt),
            message_ids=message_ids,
            replies_to=tuple(sorted(quoted.difference(message_ids))) if quoted else (),
            label=answer.label or first.label,
            weight=recency.weight(last.sent_at) if recency and last.is_timed else 1.0,
            is_timed=last.is_timed,
        )

    def _untimed(self) -> str:
        rules = {
            "samples.situation tells no clock and no silence": self.rules.situation,
            "samples.recency lets them count whole": self.rules.recency,
        }
        told = " and ".join(what for what, rule in rules.items() if rule)
        return f"samples: {self.untimed:,} samples have no times, as the source tells none: {told}."

    def _turns(self, bursts: Sequence[Burst], is_learnt: list[bool]) -> tuple[Turn, ...]:
        names, personas = self.names, self.roles.personas
        asides = self.telling.asides(bursts) if self.telling else [None] * len(bursts)
        return tuple(
            [
                Turn(
                    burst.speaker_id,
                    names[burst.speaker_id],
                    tuple([message.text for message in burst.messages]),
                    burst.speaker_id in personas,
                    learnt,
                    aside,
                )
                for burst, learnt, aside in zip(bursts, is_learnt, asides, strict=False)
            ]
        )

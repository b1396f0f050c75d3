"""Whole conversations: every turn of a session, up to the last one that is learnt."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from doppel.errors import DataError
from doppel.samples.names import DisplayNames
from doppel.types import Sample, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message, Persona, PositiveInt, Session

Burst = tuple[str, list["Message"]]  # speaker_id, what they sent in a row


class Dialogues:
    """One sample a session. Holds the sessions of one chat in memory.

    `learn`: whose turns enter the loss, "persona" or "everyone" (doppelganger learns everyone).
    `learn_openings`: whether a turn with nothing before it in its session is learnt.
    `min_turns`: samples with fewer turns are left out.
    """

    def __init__(self, *, learn: Literal["persona", "everyone"], learn_openings: bool, min_turns: PositiveInt) -> None:
        self.learn = learn
        self.learn_openings = learn_openings
        self.min_turns = min_turns

    def __call__(self, sessions: Iterator[Session], persona: Persona, funnel: Funnel) -> Iterator[Sample]:
        """The samples, chat after chat. Raises: DataError, at the end, if there is none."""
        tally, names = _Tally(), DisplayNames(persona)
        for _, group in groupby(sessions, key=attrgetter("chat_id")):
            chat = list(group)
            of_chat = names.of_chat(message for session in chat for message in session.messages)
            for session in chat:
                bursts = _bursts(session, persona)
                sample = self._sample(session, bursts, persona, of_chat)
                tally.count(session, bursts, sample, self.min_turns)
                if sample is not None and len(sample.turns) >= self.min_turns:
                    yield sample
        tally.report(funnel, self.min_turns)
        if names.renamed:
            funnel.note(f"samples: {len(names.renamed):,} people share a name with someone in their chat: numbered.")
        if tally.kept_sessions == 0:
            raise _nothing(persona, funnel)

    def _sample(
        self, session: Session, bursts: list[Burst], persona: Persona, names: Mapping[str, str]
    ) -> Sample | None:
        """The session up to its last learnt turn, None where nothing is learnt."""
        turns = [
            Turn(
                speaker_id=speaker_id,
                speaker_name=names[speaker_id],
                messages=tuple(message.text for message in messages),
                is_persona=speaker_id in persona.ids,
                is_learnt=(self.learn == "everyone" or speaker_id in persona.ids)
                and (index > 0 or self.learn_openings),
            )
            for index, (speaker_id, messages) in enumerate(bursts)
        ]
        while turns and not turns[-1].is_learnt:
            turns.pop()
        if not turns:
            return None
        first, last = bursts[0][1][0], bursts[len(turns) - 1][1][-1]
        return Sample(
            sample_id=f"{session.chat_id}/{first.message_id}",
            chat_id=session.chat_id,
            chat_name=session.chat_name,
            started_at=first.sent_at,
            ended_at=last.sent_at,
            turns=tuple(turns),
        )


def _bursts(session: Session, persona: Persona) -> list[Burst]:
    """Messages with words, those that one speaker sent in a row together; the persona's ids are one speaker."""
    persona_id = min(persona.ids)
    bursts: list[Burst] = []
    for message in session.messages:
        if not message.text or message.text.isspace():
            continue
        speaker_id = persona_id if message.sender_id in persona.ids else message.sender_id
        if bursts and bursts[-1][0] == speaker_id:
            bursts[-1][1].append(message)
        else:
            bursts.append((speaker_id, [message]))
    return bursts


class _Tally:
    """What became of every session, and of every message in it."""

    def __init__(self) -> None:
        self.kept_sessions = self.unlearnt_sessions = self.short_sessions = 0
        self.kept_messages = self.wordless = self.left_out = self.trailing = 0

    def count(self, session: Session, bursts: list[Burst], sample: Sample | None, min_turns: int) -> None:
        with_words = sum(len(messages) for _, messages in bursts)
        self.wordless += len(session.messages) - with_words
        if sample is None or len(sample.turns) < min_turns:
            self.unlearnt_sessions += sample is None
            self.short_sessions += sample is not None
            self.left_out += with_words
            return
        kept = sum(len(turn.messages) for turn in sample.turns)
        self.kept_sessions += 1
        self.kept_messages += kept
        self.trailing += with_words - kept

    def report(self, funnel: Funnel, min_turns: int) -> None:
        reasons = {
            "in sessions left out": self.left_out,
            "after the last learnt turn": self.trailing,
            "without words": self.wordless,
        }
        dropped = sum(reasons.values())
        funnel.add("samples", kept=self.kept_messages, dropped=dropped, unit="messages", why=_words(reasons))
        reasons = {
            "in which nothing is learnt": self.unlearnt_sessions,
            f"of fewer than {min_turns} turns": self.short_sessions,
        }
        dropped = sum(reasons.values())
        funnel.add("samples", kept=self.kept_sessions, dropped=dropped, unit="sessions", why=_words(reasons))


def _words(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)


def _nothing(persona: Persona, funnel: Funnel) -> DataError:
    who = f"{persona.name} ({', '.join(sorted(persona.ids))})"
    lines = [f"There is nothing to learn: no conversation holds an answer of {who}."]
    for line in funnel.counts:
        why = f" ({line.why})" if line.dropped and line.why else ""
        lines.append(f"{line.stage}: {line.kept:,} {line.unit} kept, {line.dropped:,} dropped{why}")
    return DataError(
        "\n  ".join([*lines, *funnel.notes])
        + "\nAccepted is an export in which the persona answers someone. See above what was left out and why, choose "
        "someone else with persona=ID, or learn openings too: samples.learn_openings=true samples.min_turns=1"
    )

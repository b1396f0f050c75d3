"""A run behind a bot: what is kept of a chat becomes the turns that the model was trained on, and answers come back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from doppel.commands.briefing import Brief, Notes, unbriefed
from doppel.commands.speaking import seed_or_drawn
from doppel.engine.cast import STRANGER, Cast, Known
from doppel.engine.conversation import Asides
from doppel.engine.desk import Desk, Heard, Question
from doppel.engine.history import History, Line
from doppel.errors import DataError
from doppel.generation.sampling import Sampling
from doppel.memory.feedback import Kind, Opinion
from doppel.memory.history import Conversation, Kept
from doppel.memory.memory import Memory
from doppel.memory.people import Person
from doppel.memory.replies import Given
from doppel.types import PositiveInt, Turn

OF_TELEGRAM = "user"  # what a Telegram export puts before the number that the Bot API tells


class BotVoice:
    """Who the run can speak as, and how. Raises: DataError for an unknown `speaker`, or contact of `contacts`."""

    def __init__(
        self,
        desk: Desk,
        people: Sequence[Known],
        asides: Asides | None,
        sampling: Sampling,
        memory: Memory,
        *,
        run_name: str,
        speaker: str | None,
        contacts: Mapping[int, str],
        seed: int | None,
        history_messages: PositiveInt,
        brief: Brief = unbriefed,
    ) -> None:
        """`contacts`: user ids of Telegram -> the name or id of somebody whom the model knows."""
        self.desk = desk
        self.cast = Cast(people)
        self.asides = asides
        self.sampling = sampling
        self.memory = memory
        self.brief = brief
        self.run_name = run_name
        self.seed = seed
        self.history_messages = history_messages
        self.default = self.cast.persona if speaker is None else self.cast.known(speaker)
        self.contacts = {user_id: self.cast.known(name).speaker_id for user_id, name in contacts.items()}

    @property
    def may_be_silent(self) -> bool:
        """Whether saying nothing is an answer."""
        return self.sampling.min_new_tokens == 0

    def contact(self, user_id: int) -> str | None:
        """The speaker_id by which the model knows this user: as told, or as a Telegram export calls them."""
        exported = f"{OF_TELEGRAM}{user_id}"
        found = exported if any(person.speaker_id == exported for person in self.cast.people) else None
        return self.contacts.get(user_id, found)

    def speaker(self, conversation: Conversation) -> tuple[str, str]:
        """The speaker_id and the name of who answers there."""
        known = self._speaker(conversation)
        return known.speaker_id, known.name

    def personas(self) -> list[str]:
        """The names of all whom the model was trained to be."""
        return [person.name for person in self.cast.people if person.is_persona]

    def find(self, name: str, *, is_anybody: bool) -> str:
        """The speaker_id of a persona, or of anybody whom the model knows. Raises: DataError."""
        known = self.cast.find(name)
        if known is None or not (is_anybody or known.is_persona):
            raise DataError(f"I cannot be {name}. I can be {', '.join(self.personas())}.")
        return known.speaker_id

    async def reply(self, conversation: Conversation, waiting: Sequence[Kept]) -> tuple[str, ...]:
        """The burst that answers; () where nothing is said. Raises: BusyError, and what generation raises."""
        turns, speaker = self.asked(conversation, waiting[-1].id, datetime.now(UTC))
        # Of a group, everybody reads what the owner has noted on one of them.
        told, sampling = self.brief(turns, speaker, self.sampling, has_notes=not conversation.is_group)
        seed = seed_or_drawn(self.seed)
        text = await said_by(self.desk, Question(turns, told, sampling, seed))
        return tuple(line for line in text.split("\n") if line.strip())

    def judge(
        self,
        conversation: Conversation,
        given: Given,
        kind: Kind,
        rating: Literal[-1, 1],
        *,
        by: int | None,
        better: tuple[str, ...] | None,
    ) -> None:
        """Keeps what somebody thinks of a reply, with what it answered."""
        turns, speaker = self.asked(conversation, given.seen_up_to, given.at, given)
        speaker, _ = self.brief(turns, speaker, self.sampling, has_notes=not conversation.is_group)
        opinion = Opinion(kind, rating, given.run, turns, speaker, given.messages, better, datetime.now(UTC))
        self.memory.feedback.add(opinion, given.id, by, self.memory.replies.people(given))

    def asked(
        self, conversation: Conversation, up_to: int, now: datetime, given: Given | None = None
    ) -> tuple[tuple[Turn, ...], Turn]:
        """What had been said when message `up_to` was the newest, and the turn that was to follow.

        `given`: the reply that was made of it, where there is one.
        """
        speaker = (self.cast.find(given.speaker_id) if given else None) or self._speaker(conversation)
        kept = self.memory.history.past(conversation.id, up_to, self.history_messages, given.id if given else None)
        lines = [
            Line(one.person is None, one.person and self._person(one.person, speaker), (one.text,), one.at)
            for one in kept
        ]
        asker = next((line.who for line in reversed(lines) if isinstance(line.who, Known)), STRANGER)
        return History(self.cast, speaker, asker, self.asides)(lines, now)

    def _speaker(self, conversation: Conversation) -> Known:
        """Of a conversation that was begun with another run, perhaps nobody whom this one knows."""
        return (self.cast.find(conversation.speaker_id) if conversation.speaker_id else None) or self.default

    def _person(self, person: Person, speaker: Known) -> Known:
        """Whom the model knows by this account; who talks with themselves, and all others, are strangers to it."""
        known = self.cast.find(person.contact) if person.contact else None
        if known is None or known.speaker_id == speaker.speaker_id:
            return Known(f"stranger:{person.account}", person.name, 0)
        return known


def notes_of(memory: Memory) -> Notes:
    """Speaker_id -> the texts of the notes on them, newest first."""
    return lambda speaker_id: [note.text for note in memory.people.notes_on(speaker_id)]


async def said_by(desk: Desk, question: Question) -> str:
    """The reply of a desk. Raises: BusyError, and what generation raises."""
    loop = asyncio.get_running_loop()
    whole: asyncio.Future[str] = loop.create_future()
    words: list[str] = []

    def take(heard: Heard | Exception) -> None:
        if whole.done():
            return
        if isinstance(heard, Exception):
            whole.set_exception(heard)
            return
        words.append(heard.text)
        if heard.end is not None:
            whole.set_result("".join(words))

    def hear(heard: Heard | Exception) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody listens any more
            loop.call_soon_threadsafe(take, heard)

    ticket = desk.ask(question, hear)
    try:
        return await whole
    finally:
        ticket.cancel()

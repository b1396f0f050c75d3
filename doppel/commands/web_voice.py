"""A run behind a page: what is said there becomes the turns that the model was trained on, and replies come back."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

from doppel.commands.briefing import Brief, unbriefed
from doppel.commands.speaking import Speaking, seed_or_drawn
from doppel.engine.cast import STRANGER, Cast, Known
from doppel.engine.desk import BusyError, Desk, Heard, Question
from doppel.engine.history import History, Line
from doppel.errors import RunError
from doppel.generation.sampling import Sampling
from doppel.memory.feedback import Opinion
from doppel.memory.memory import Memory
from doppel.types import Briefing, Timing, Turn
from doppel.web.voice import Asked, Judged, Said, Somebody

PLACE = "web:"  # before a person's id: the account by which the memory knows them
SHOWN_TURNS = 30  # of the conversation, the newest


class WebVoice:
    """Who the run can speak as, and how. Raises: DataError for an unknown speaker or partner, or where both are one."""

    def __init__(
        self,
        to_talk_to: Speaking,
        sampling: Sampling,
        timing: Timing,
        memory: Memory,
        *,
        speaker: str | None,
        partner: str | None,
        seed: int | None,
    ) -> None:
        self.run_name = to_talk_to.run_directory.path.name
        self.cast = Cast(to_talk_to.people)
        self.asides = to_talk_to.asides
        self.sampling = sampling
        self.timing = timing
        self.memory = memory
        self.first_seed = seed
        self.speaker = (self.cast.persona if speaker is None else self.cast.known(speaker)).speaker_id
        self.partner = (STRANGER if partner is None else self.cast.known(partner)).speaker_id
        self._people = listed(self.cast)
        self.desk: Desk | None = None
        self.brief: Brief = unbriefed
        self.no_base = ""
        self.asked([], self.speaker, self.partner, datetime.now(UTC))

    def open(self, engine: Any, brief: Brief, *, max_waiting: int) -> None:
        """Begins to answer with this engine, of which the speaker is briefed."""
        self.brief = brief
        self.no_base = "" if getattr(engine, "has_base", False) else "the base model is not at hand beside this run"
        self.desk = Desk(engine, max_waiting=max_waiting)

    def close(self) -> None:
        """Answers no more."""
        if self.desk is not None:
            self.desk.close()

    def people(self) -> list[Somebody]:
        """Everybody, the personas first and the stranger last."""
        return self._people

    def asked(self, said: Sequence[Said], speaker: str, partner: str, now: datetime) -> Asked:
        """What a reply is to be made of. Raises: DataError where the two are one."""
        history = History(self.cast, self._known(speaker), self._known(partner), self.asides)
        lines = [Line(one.who == speaker, self._known(one.who), one.messages, one.at) for one in said]
        turns, turn = history(lines, now)
        told, _ = self.brief(turns, turn, self.sampling)
        return Asked(turns, told)

    def seed(self) -> int:
        """What the next reply is drawn with."""
        return seed_or_drawn(self.first_seed)

    async def reply(self, asked: Asked, seed: int, *, is_of_base: bool) -> AsyncGenerator[str, None]:
        """The messages, each when it is whole. Raises: RunError where too many wait, and what generation raises."""
        told, sampling = self.brief(asked.turns, asked.speaker, self.sampling)
        question = Question(asked.turns, told, sampling, seed, is_of_base=is_of_base)
        begun = ""
        async with contextlib.aclosing(self._pieces(question)) as pieces:
            async for piece in pieces:
                *lines, begun = (begun + piece).split("\n")
                for line in lines:
                    if line.strip():
                        yield line
        if begun.strip():
            yield begun

    def judge(self, asked: Asked, judged: Judged, replaced: int | None) -> int:
        """Keeps an opinion, and whose words are in it, so that they can be forgotten."""
        now = datetime.now(UTC)
        opinion = Opinion(
            judged.kind, judged.rating, self.run_name, asked.turns, asked.speaker, judged.reply, judged.better, now
        )
        others = [turn for turn in asked.turns if turn.speaker_id != asked.speaker.speaker_id]
        with self.memory.transaction():
            if replaced is not None:
                self.memory.feedback.take_back(replaced)
            people = {turn.speaker_id: self._met(turn) for turn in others}
            given_by = people[others[-1].speaker_id] if others else None
            return self.memory.feedback.add(opinion, None, given_by, list(people.values()))

    def take_back(self, number: int) -> None:
        """Keeps an opinion no more."""
        self.memory.feedback.take_back(number)

    def remembered(self, asked: Asked, partner: str) -> list[tuple[str, list[str]]]:
        """What went into a reply, as titles with lines."""
        turns = [line for turn in (*asked.turns, asked.speaker) for line in lines_of(turn)]
        notes = [
            note.text
            for person in self.memory.people.everyone()
            if partner in (person.contact, person.account.removeprefix(PLACE))
            for note in self.memory.people.notes(person.id)
        ]
        name = self._known(partner).name
        return [
            ("Given to the model for the newest reply, which reads what fits", turns[-SHOWN_TURNS:]),
            (f"Noted of {name}", notes),
        ]

    def _met(self, turn: Turn) -> int:
        """Whom the memory knows as the one who has said this."""
        contact = None if turn.speaker_id == STRANGER.speaker_id else turn.speaker_id
        return self.memory.people.met(PLACE + turn.speaker_id, turn.speaker_name, contact).id

    def _known(self, id_: str) -> Known:
        return STRANGER if id_ == STRANGER.speaker_id else self.cast.known(id_)

    async def _pieces(self, question: Question) -> AsyncGenerator[str, None]:
        """The reply as the desk tells it. Raises: RunError, and what generation raises."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Heard | Exception] = asyncio.Queue()

        def hear(piece: Heard | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody listens any more
                loop.call_soon_threadsafe(heard.put_nowait, piece)

        assert self.desk is not None
        try:
            ticket = self.desk.ask(question, hear)
        except BusyError as error:
            raise RunError("too many wait for their turn: try again in a moment") from error
        try:
            end = None
            while end is None:
                piece = await heard.get()
                if isinstance(piece, Exception):
                    raise piece
                end = piece.end
                yield piece.text
        finally:
            ticket.cancel()


def listed(cast: Cast) -> list[Somebody]:
    """Everybody for a list, the personas first and the stranger last; those who share a name with their ids."""
    names = Counter(one.name for one in cast.people)
    found = []
    for one in cast.people:
        label = one.name if names[one.name] == 1 else f"{one.name} ({one.speaker_id})"
        found.append(Somebody(one.speaker_id, one.name, label))
    return [*found, Somebody(STRANGER.speaker_id, STRANGER.name, "A stranger")]


def lines_of(turn: Turn) -> list[str]:
    """A turn for a person to read: what was known when it began, what is recalled for it, and its messages."""
    aside = [f"[{turn.aside}]"] if turn.aside else []
    told = turn.briefing or Briefing()
    return [*told.system, *aside, *told.recalled, *(f"{turn.speaker_name}: {text}" for text in turn.messages)]

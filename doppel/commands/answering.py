"""A run behind an API: names become people, requests become questions, and what is heard goes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from doppel.commands.briefing import Brief, unbriefed
from doppel.commands.speaking import seed_or_drawn
from doppel.engine.cast import STRANGER, Cast, Known
from doppel.engine.conversation import Asides
from doppel.engine.desk import BusyError, Desk, Heard, Question, Ticket
from doppel.engine.history import History, Line
from doppel.errors import DataError
from doppel.generation.sampling import Sampling
from doppel.serving.asked import Asked, Piece, Remembered
from doppel.serving.refusal import RefusedError
from doppel.types import Briefing

RETRY_SECONDS = "2"  # a reply's time, roughly
PARTNER_MARK = ":"  # in `model`: who speaks, and to whom


class Answering:
    """Who the run can speak as, and how. Raises: DataError for an unknown `speaker`, or one who is the `partner`."""

    def __init__(
        self,
        desk: Desk,
        people: Sequence[Known],
        asides: Asides | None,
        sampling: Sampling,
        *,
        run_name: str,
        speaker: str | None,
        partner: str | None,
        seed: int | None,
        max_new_tokens: int,
        brief: Brief = unbriefed,
    ) -> None:
        self.desk = desk
        self.cast = Cast(people)
        self.asides = asides
        self.sampling = sampling
        self.brief = brief
        self.run_name = run_name
        self.seed = seed
        self.max_new_tokens = max_new_tokens
        self.speaker = self.cast.persona if speaker is None else self.cast.known(speaker)
        self.partner = STRANGER if partner is None else self.cast.known(partner)
        History(self.cast, self.speaker, self.partner, asides)

    def models(self) -> list[str]:
        """The run's name, the default speaker's, and those of the personas."""
        personas = [person.name for person in self.cast.people if person.is_persona]
        return list(dict.fromkeys([self.run_name, self.speaker.name, *personas]))

    def knows(self, model: str) -> bool:
        """Whether `model` means somebody here."""
        try:
            self._who(model)
        except RefusedError:
            return False
        return True

    def load(self) -> tuple[int, int]:
        """How many requests are being answered, and how many wait."""
        return self.desk.running, self.desk.waiting

    def ask(self, asked: Asked, hear: Callable[[Piece | Exception], None]) -> Ticket:
        """Queues it. Raises: RefusedError."""
        question = self.question(asked, datetime.now(UTC))
        try:
            return self.desk.ask(question, lambda heard: hear(piece_of(heard, question)))
        except BusyError as error:
            told = "too many requests wait already: try again in a moment"
            raise RefusedError(429, told, code="queue_full", headers={"Retry-After": RETRY_SECONDS}) from error

    def question(self, asked: Asked, now: datetime) -> Question:
        """The turns and the draws that the request means. Raises: RefusedError."""
        speaker, contact = self._who(asked.model)
        try:
            # `user` is any word that tells a client's users apart: only a name that the model knows means something.
            partner = contact or (self.cast.find(asked.partner) if asked.partner else None) or self.partner
            history = History(self.cast, speaker, partner, self.asides)
            turns, turn = history([Line(one.is_own, one.name, one.messages) for one in asked.told], now)
        except DataError as error:
            raise RefusedError(400, str(error), param="user" if asked.partner else "messages") from error
        seed = seed_or_drawn(self.seed if asked.seed is None else asked.seed)
        told, sampling = self.brief(turns, turn, self._sampling(asked))
        return Question(turns, told, sampling, seed, asked.stops)

    def _who(self, model: str) -> tuple[Known, Known | None]:
        """The speaker, and the contact behind the mark if there is one. Raises: RefusedError."""
        if speaker := self._speaker(model):
            return speaker, None
        name, _, suffix = model.rpartition(PARTNER_MARK)
        speaker = self._speaker(name)
        contact = self._found(suffix)
        if speaker and contact:
            return speaker, contact
        known = ", ".join(self.models())
        raise RefusedError(404, f"there is no model {model!r} here: {known}", code="model_not_found", param="model")

    def _speaker(self, name: str) -> Known | None:
        return self.speaker if name == self.run_name else self._found(name)

    def _found(self, name: str) -> Known | None:
        try:
            return self.cast.find(name)
        except DataError as error:
            raise RefusedError(400, str(error), param="model") from error

    def _sampling(self, asked: Asked) -> Sampling:
        longest = min(asked.max_new_tokens or self.sampling.max_new_tokens, self.max_new_tokens)
        changed: dict[str, Any] = {
            "max_new_tokens": longest,
            "min_new_tokens": min(self.sampling.min_new_tokens, longest),
        }
        if asked.temperature is not None:
            is_warm = asked.temperature > 0
            changed |= {"do_sample": is_warm} | ({"temperature": asked.temperature} if is_warm else {})
        if asked.top_p is not None:
            changed["top_p"] = asked.top_p
        return replace(self.sampling, **changed)


def piece_of(heard: Heard | Exception, question: Question) -> Piece | Exception:
    """The same in the API's words, with what the speaker was told."""
    if isinstance(heard, Exception):
        return heard
    briefing = question.speaker.briefing or Briefing()
    told = Remembered(told=briefing.system, recalled=briefing.recalled)
    return Piece(heard.text, heard.prompt_tokens, heard.tokens, heard.end, told)

"""One conversation of one open page: who talks, what was said, what was thought of it. Kept in memory alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.web.part import Part, Reply
from doppel.web.speaking import Speaking
from doppel.web.voice import Judged, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from doppel.web.voice import Kind, Rating, Somebody, Voice


class Talk:
    """What is shown of it is made of its parts; what is refused raises DataError, whose text is for the page."""

    def __init__(self, voice: Voice, *, max_characters: int, max_messages: int, clock: Callable[[], datetime]) -> None:
        self.voice = voice
        self.speaker, self.partner = voice.speaker, voice.partner
        self.max_characters = max_characters
        self.max_messages = max_messages
        self.clock = clock
        self.is_beside = False  # whether the base model answers as well
        self.parts: list[Part] = []
        self.speaking = Speaking()

    def person(self, id_: str) -> Somebody:
        """Who has this id. Raises: DataError."""
        found = next((one for one in self.voice.people() if one.id == id_), None)
        if found is None:
            raise DataError("the model of this run knows nobody of this id")
        return found

    def change_run(self, voice: Voice) -> None:
        """Begins anew with another run."""
        if voice is not self.voice:
            self.clear()
            self.voice = voice
            self.speaker, self.partner = voice.speaker, voice.partner
            self.is_beside = self.is_beside and not voice.no_base

    def speak_as(self, id_: str) -> None:
        """Who answers from now on. Raises: DataError."""
        self.speaker = self.person(id_).id
        if self.partner == self.speaker:  # nobody talks with themselves
            self.partner = self.voice.people()[-1].id

    def talk_as(self, id_: str) -> None:
        """Who talks with them from now on. Raises: DataError."""
        if id_ == self.speaker:
            raise DataError(f"{self.person(id_).name} is who answers, and cannot be whom they talk with")
        self.partner = self.person(id_).id

    def check(self, text: str) -> tuple[str, ...]:
        """The messages of what somebody wants to send: a line each. Raises: DataError."""
        if len(text) > self.max_characters:
            raise DataError(f"that is {len(text):,} characters, and at most {self.max_characters:,} are read at once")
        messages = tuple(line.strip() for line in text.splitlines() if line.strip())
        if sum(len(part.messages) for part in self.parts) + len(messages) > self.max_messages:
            raise DataError(f"a conversation has at most {self.max_messages:,} messages: begin a new one")
        return messages

    def hear(self, messages: Sequence[str]) -> None:
        """Adds what the partner says; what is being answered is answered no more."""
        self.speaking.stop()
        self.parts.append(Part(self.partner, self.clock(), list(messages)))

    def answer(self) -> None:
        """Has a reply made, a message after the other, in the background."""
        said = [Said(part.who, tuple(part.messages), part.at) for part in self.parts if part.messages]
        asked = self.voice.asked(said, self.speaker, self.partner, self.clock())
        reply = Reply(self.speaker, self.clock(), [], asked, [] if self.is_beside else None)
        self.parts.append(reply)
        self.speaking.begin(self.voice, reply, self.person(self.speaker).name)

    def clear(self) -> None:
        """Forgets what was said; opinions stay."""
        self.speaking.forget()
        self.parts = []

    def rate(self, part: Part, rating: Rating | None) -> None:
        """A thumb up, down, or neither. Raises: DataError where it is no reply, or not yet whole."""
        reply, said = whole(part)
        reply.rating = rating
        self._keep(reply, None if rating is None else Judged("thumb", rating, said, None), "thumb")

    def mend(self, part: Part, at: int, text: str) -> None:
        """Other words in the place of one message: of the model's they are an opinion, too. Raises: DataError."""
        messages = [*part.messages[:at], *self.check(text), *part.messages[at + 1 :]]
        if not isinstance(part, Reply):
            part.messages = messages or part.messages
            return
        reply, said = whole(part)
        if not messages:
            raise DataError("a reply without a word cannot be learnt from: a thumb down says that it is bad")
        reply.messages, better = messages, tuple(messages)
        self._keep(reply, Judged("edit", -1, said, better) if better != said else None, "edit")

    def remembered(self) -> list[tuple[str, list[str]]]:
        """What went into the newest reply, and what is noted of whom it is for."""
        reply = next((part for part in reversed(self.parts) if isinstance(part, Reply)), None)
        asked = reply.asked if reply else self.voice.asked([], self.speaker, self.partner, self.clock())
        return self.voice.remembered(asked, self.partner)

    def _keep(self, reply: Reply, judged: Judged | None, kind: Kind) -> None:
        """This opinion in the place of the earlier one of its kind; None: none at all."""
        earlier = reply.opinions.pop(kind, None)
        if judged is not None:
            reply.opinions[kind] = self.voice.judge(reply.asked, judged, earlier)
        elif earlier is not None:
            self.voice.take_back(earlier)


def whole(part: Part) -> tuple[Reply, tuple[str, ...]]:
    """The part as a reply, with what the model had said. Raises: DataError where it is none, or is being said."""
    if not isinstance(part, Reply):
        raise DataError("only replies of the model are judged")
    if part.original is None:
        raise DataError("this reply is still being said: judge it when it is whole")
    return part, part.original

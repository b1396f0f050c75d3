"""A chat in the terminal: streaming, in bursts, as anyone the model knows. Nothing is written to disk."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.text import Text

from doppel.engine.cast import STRANGER, Cast, Known, stranger
from doppel.engine.conversation import Asides, Conversation, Said
from doppel.engine.plain import harmless
from doppel.engine.screen import BurstWriter, line_reader
from doppel.errors import DataError, DoppelError
from doppel.types import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from doppel.engine.more import More
    from doppel.types import Timing

HELP = """\
/as NAME   who the model speaks as: {personas}, or anyone else it knows
/me NAME   who you are: someone the model knows, or any name; without a name a stranger
/people    who the model knows
/retry     another answer to your last message
/undo      take your last message and its answer back
/clear     forget the conversation
{more}\
/quit      leave (so do Ctrl-D and Ctrl-C; during an answer Ctrl-C only ends that answer)
A line that ends with a backslash is followed by another message of the same burst.
To begin a message with a slash, type two."""


class Streams(Protocol):
    """What the terminal needs of an engine: pieces of text for the speaker's next turn."""

    def __call__(self, turns: tuple[Turn, ...], speaker: Turn, *, seed: int) -> Generator[str, None, None]:
        """Pieces as they come; closing it stops the model."""
        ...


def system_clock() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Terminal:
    """Reads a burst, streams the answer, keeps the conversation in memory.

    `stream` and `parse` are an engine's and its encoder's; `people` come with the personas first, of whom the first
    speaks; `timing` tells how long that takes, `asides` what is known when a turn begins, None: nothing is; `more` has
    commands by name. The n-th answer is drawn with seed + n, so the same lines give the same conversation.

    Raises: DataError for an unknown `speaker` or nobody in `people`.
    """

    def __init__(
        self,
        stream: Streams,
        parse: Callable[[str], tuple[str, ...]],
        people: Iterable[Known],
        timing: Timing,
        *,
        speaker: str | None,
        me: str | None,
        seed: int,
        asides: Asides | None = None,
        clock: Callable[[], datetime] = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        console: Console | None = None,
        read: Callable[[str], str] | None = None,
        more: Mapping[str, More] | None = None,
    ) -> None:
        self.stream = stream
        self.parse = parse
        self.cast = Cast(people)
        self.timing = timing
        self.speaker = self.cast.persona
        self.me = STRANGER
        self.seed = seed
        self.asides = asides
        self.clock = clock
        self.sleep = sleep
        self.console = console or Console()
        self.read = read or line_reader(self.console)
        self.conversation = Conversation()
        self.commands = {
            "help": self._help,
            "as": self._speak_as,
            "me": self._be,
            "people": self._people,
            "retry": self._retry,
            "undo": self._undo,
            "clear": self._clear,
            "quit": self._quit,
        }
        self.more = more or {}
        if speaker is not None:
            self._set_speaker(speaker)
        if me is not None:
            self._set_me(me)

    def talk(self) -> None:
        """Returns when the user leaves: /quit, Ctrl-D, or Ctrl-C at the prompt."""
        self._tell(f"{self.speaker.name} answers; you are {self.me.name}. /help lists what else you can do.")
        try:
            while True:
                self._take(*self._read_burst())
        except (EOFError, KeyboardInterrupt):
            self._tell("bye")

    def _read_burst(self) -> tuple[list[str], datetime]:
        """The messages, and when the first of them was sent."""
        lines: list[str] = []
        began_at: datetime | None = None
        prompt = f"{harmless(self.me.name)}: "
        while True:
            try:
                line = self.read(prompt)
            except EOFError:
                if lines and began_at:  # the end of input also ends a burst
                    return lines, began_at
                raise
            began_at = began_at or self.clock()
            lines += line.removesuffix("\\").splitlines()  # a pasted text is a burst too
            if not line.endswith("\\"):
                return [text for text in (line.strip() for line in lines) if text], began_at
            prompt = "... "

    def _take(self, messages: list[str], began_at: datetime) -> None:
        if not messages:
            return
        if len(messages) == 1 and messages[0].startswith("/") and not messages[0].startswith("//"):
            self._obey(messages[0])
            return
        burst = tuple(text[1:] if text.startswith("//") else text for text in messages)
        turn = replace(self._turn(self.me, began_at), messages=burst)
        self.conversation.ask(Said(turn, began_at, self.clock()))
        if self.timing.answers(burst):
            self._answer()
        else:
            self._tell(f"({self.speaker.name} leaves that unanswered)")

    def _obey(self, line: str) -> None:
        word, _, rest = line[1:].partition(" ")
        command, other = self.commands.get(word.casefold()), self.more.get(word.casefold())
        try:
            if other:
                self._tell(other.obey(rest.strip(), self.me))
            elif command:
                command(rest.strip())
            else:
                close = get_close_matches(word.casefold(), [*self.commands, *self.more], n=1)
                meant = f" Did you mean /{close[0]}?" if close else ""
                self._tell(f"There is no command /{word}.{meant} /help lists them.")
        except DoppelError as fault:
            self._tell(str(fault))

    def _answer(self) -> None:
        writer = BurstWriter(
            self.console, self.speaker.name, self.parse, lambda: self.sleep(self.timing.pause_seconds())
        )
        end, began_at = "", self.clock()
        turn = self._turn(self.speaker, began_at)
        try:
            self.sleep(self.timing.reply_seconds())
            with closing(self.stream(self.conversation.turns, turn, seed=self.seed)) as pieces:
                for piece in pieces:
                    writer.add(piece)
            writer.show_all()
        except KeyboardInterrupt:
            end = "(stopped)"
        except DoppelError as fault:
            end = str(fault)
        self.seed += 1
        messages = writer.finish()
        if messages:
            self.conversation.answer(Said(replace(turn, messages=messages), began_at, self.clock()))
        if end or not messages:
            self._tell(end or f"({self.speaker.name} says nothing)")

    def _turn(self, person: Known, now: datetime) -> Turn:
        """A turn that begins now, without words yet."""
        aside = None
        if self.asides:
            present = {one.speaker_id: one.name for one in (self.me, self.speaker)}
            aside = self.asides(self.conversation.said, person.speaker_id, now, present)
        return Turn(person.speaker_id, person.name, (), is_persona=person.is_persona, is_learnt=False, aside=aside)

    def _set_speaker(self, name: str) -> None:
        person = self.cast.find(name)
        if person is None:
            raise DataError(
                f"The model knows nobody called {name!r}.{self.cast.near(name)} /people lists who it knows."
            )
        if person.speaker_id == self.me.speaker_id:
            raise DataError(f"You are {person.name} yourself: first be someone else with /me NAME.")
        self.speaker = person

    def _set_me(self, name: str) -> None:
        person = self.cast.find(name) or stranger(name)
        if person.speaker_id == self.speaker.speaker_id:
            raise DataError(f"The model speaks as {person.name}: first let it be someone else with /as NAME.")
        self.me = person

    def _speak_as(self, name: str) -> None:
        if name:
            self._set_speaker(name)
        self._tell(f"The model speaks as {self.speaker.name}.")

    def _be(self, name: str) -> None:
        self._set_me(name or STRANGER.name)
        if self.me.message_count:
            self._tell(f"You are {self.me.name}, whom the model knows.")
        else:
            self._tell(f"You are {self.me.name}, whom the model does not know.{self.cast.near(name)}")

    def _people(self, _rest: str) -> None:
        for person in self.cast.people:
            role = " (the persona)" if person.is_persona else ""
            self._tell(f"{person.name}{role}: {person.message_count} messages, id {person.speaker_id}")

    def _retry(self, _rest: str) -> None:
        if self.conversation.retry():
            self._answer()
        else:
            self._tell("There is nothing to answer yet.")

    def _undo(self, _rest: str) -> None:
        is_done = self.conversation.undo()
        self._tell("Taken back." if is_done else "There is nothing to take back.")

    def _clear(self, _rest: str) -> None:
        self.conversation.clear()
        self._tell("The conversation is forgotten.")

    def _help(self, _rest: str) -> None:
        more = "".join(f"{one.help}\n" for one in self.more.values())
        self._tell(HELP.format(personas=self.cast.personas(), more=more))

    def _quit(self, _rest: str) -> None:
        raise EOFError

    def _tell(self, text: str) -> None:
        self.console.print(Text(harmless(text), style="dim"), soft_wrap=True)

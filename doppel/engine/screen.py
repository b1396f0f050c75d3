"""What a terminal shows of a conversation, and the lines typed into it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from rich.text import Text

from doppel.engine.plain import harmless
from doppel.engine.saying import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console


def line_reader(console: Console) -> Callable[[str], str]:
    """A function that shows a prompt and returns the line typed; EOFError at the end of input.

    At a keyboard lines can be edited and recalled, in memory only: chats are private. Piped lines are read as they
    are and shown, so that the output is the whole conversation.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        session: PromptSession[str] = PromptSession(history=InMemoryHistory())
        return lambda prompt: session.prompt([("ansigreen bold", prompt)])

    def read(prompt: str) -> str:
        line = input()
        console.print(Text.assemble((prompt, "bold green"), harmless(line)), soft_wrap=True)
        return line

    return read


def at_once() -> None:
    """No pause."""


class BurstWriter:
    """Shows a burst while it is being said: each message on a line of its own behind the speaker's name.

    `pause` is called before each message but the first.
    """

    def __init__(
        self, console: Console, name: str, parse: Callable[[str], tuple[str, ...]], pause: Callable[[], None]
    ) -> None:
        self.console = console
        self.name = harmless(name)
        self.parse = parse
        self.pause = pause
        self.text = ""
        self.line = 0  # which message is being shown
        self.shown = 0  # how many of its characters are

    def add(self, piece: str) -> None:
        """Shows as much of the text so far as no marker can turn out to be part of."""
        self.text += piece
        self._show(settled(self.text, self.parse))

    def show_all(self) -> None:
        """Shows what has been said and is not shown yet, with pauses."""
        self._show(self.parse(self.text))

    def finish(self) -> tuple[str, ...]:
        """The messages, all of them shown, without pauses."""
        self.pause = at_once
        self.show_all()
        if self.shown:
            self.console.print()
        return self.parse(self.text)

    def _show(self, messages: tuple[str, ...]) -> None:
        for at in range(self.line, len(messages)):
            if at > self.line:
                self.console.print()
                self.line, self.shown = at, 0
                self.pause()
            if self.shown == 0 and messages[at]:
                self.console.print(Text(f"{self.name}: ", "bold cyan"), end="")
            new = harmless(messages[at][self.shown :]).replace("\n", "\n" + " " * (len(self.name) + 2))
            self.console.out(new, end="", highlight=False)
            self.shown = max(self.shown, len(messages[at]))

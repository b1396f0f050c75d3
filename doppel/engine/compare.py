"""Replies before and after training beside the real one: for a terminal, and as Markdown for the run directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from doppel.engine.plain import harmless, in_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from doppel.types import Turn

NARROWEST_TABLE = (
    100  # columns; below that four columns of words become splinters, and the parts stand one below another
)
TURNS_SHOWN = 2  # of the context: what the reply answers, and what that answered
MESSAGES_SHOWN = 6  # of each part in the terminal: an untrained model may say a hundred; the Markdown has them all


@dataclass(frozen=True, slots=True)
class Exchange:
    """One held-out moment: what had been said, what was really answered, and what the model answers."""

    context: tuple[Turn, ...]  # oldest first; may be empty where the speaker began
    speaker: Turn  # who answers; only its name is read
    real: tuple[str, ...]
    before: tuple[str, ...]  # by the model as it was before training
    after: tuple[str, ...]

    def parts(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """(title, style, lines) in the order in which they are read."""
        said = tuple(f"{turn.speaker_name}: {text}" for turn in self.context[-TURNS_SHOWN:] for text in turn.messages)
        return (
            ("said", "", said),
            ("before training", "dim", self.before),
            ("after training", "bold cyan", self.after),
            (f"{self.speaker.speaker_name} really said", "green", self.real),
        )


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Something rich prints: a table where there is room, else one part below the other."""

    exchanges: tuple[Exchange, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A table, or stacked parts on a narrow terminal."""
        if not self.exchanges:
            return
        if options.max_width >= NARROWEST_TABLE:
            yield self._table()
        else:
            yield from self._stack()

    def _table(self) -> Table:
        table = Table(show_lines=True, expand=True)
        for title, style, _ in self.exchanges[0].parts():
            # Samples of several speakers share the table, so the last title does not name one.
            is_real = title.endswith("really said")
            table.add_column("real" if is_real and not self._has_one_speaker() else title, style=style, ratio=1)
        for exchange in self.exchanges:
            table.add_row(*(shown(lines, is_last=title == "said") for title, _, lines in exchange.parts()))
        return table

    def _stack(self) -> RenderResult:
        for number, exchange in enumerate(self.exchanges, start=1):
            yield Rule(f"{number} of {len(self.exchanges)}", style="dim")
            for title, style, lines in exchange.parts():
                yield Text(harmless(title), style="bold")
                words = shown(lines, is_last=title == "said")
                words.style = style
                yield Padding(words, (0, 0, 0, 2), expand=False)

    def _has_one_speaker(self) -> bool:
        return len({exchange.speaker.speaker_name for exchange in self.exchanges}) == 1


def shown(lines: tuple[str, ...], *, is_last: bool) -> Text:
    """A message per line; of many only the first, or the last where those matter, with a count of the others."""
    if not lines:
        return Text("(nothing)", style="italic")
    kept = lines[-MESSAGES_SHOWN:] if is_last else lines[:MESSAGES_SHOWN]
    rest = len(lines) - len(kept)
    more = [f"({rest} more)"] if rest else []
    whole = [line.replace("\n", "\n  ") for line in kept]  # a message of several lines is one message still
    return Text(harmless("\n".join([*more, *whole] if is_last else [*whole, *more])))


def side_by_side(exchanges: Sequence[Exchange]) -> RenderableType:
    """What `rich.print` shows of them, fitted to the width of the terminal."""
    return SideBySide(tuple(exchanges))


def as_markdown(exchanges: Sequence[Exchange]) -> str:
    """The same as a Markdown document, every message whole."""
    lines = ["# Replies before and after training", ""]
    for number, exchange in enumerate(exchanges, start=1):
        lines += [f"## {number}", ""]
        for title, _, messages in exchange.parts():
            lines += [f"**{in_markdown(title)}**", ""]
            lines += [f"- {in_markdown(text)}".replace("\n", "  \n  ") for text in messages] or ["(nothing)"]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"

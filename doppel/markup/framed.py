"""Markups that put a fixed text around the words of the persona and another one around those of everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doppel.markup.aside import aside_lines, told_lines
from doppel.markup.messages import MessagePerLine
from doppel.markup.naming import name_in_groups, written_name
from doppel.markup.pieces import require_frame
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.markup.shield import Shield
    from doppel.types import Asking, Turn


@dataclass(frozen=True, slots=True)
class Side:
    """What stands around the words of one role: `[INST]`, ` `, words, ` `, `[/INST]`."""

    before: str
    lead: str  # blanks between the frame and the words: encoded with the words, as tokenizers join them
    trail: str
    after: str

    @property
    def end(self) -> str:
        """The marker at which the turn ends; "" if it ends with nothing but blanks."""
        return self.after.strip().partition("\n")[0]


def side(before: str, after: str) -> Side:
    """The frame of one role, its inner blanks apart."""
    start, end = before.rstrip(" "), after.lstrip(" ")
    return Side(start, before[len(start) :], after[: len(after) - len(end)], end)


def frame(text: str, *, is_learnt: bool = False) -> Segment:
    """A piece of the markup itself."""
    return Segment(text, is_learnt=is_learnt, is_frame=True)


class Framed:
    """Turns in the frames of two sides; names of others and asides as in ChatML; bursts are one message per line.

    Raises: ModelError where the tokenizer loses the frame.
    """

    asking: Asking | None = None

    def __init__(
        self, tokenizer: Any, opening: str, user: Side, persona: Side, shield: Shield, ends: tuple[str, ...]
    ) -> None:
        self.opening_text, self.user, self.persona = opening, user, persona
        self.shield, self.ends = shield, ends
        self.messages = MessagePerLine()
        frames = (opening, user.before, user.after, persona.before, persona.after)
        require_frame(tokenizer, [*map(frame, frames), Segment("a\n b", is_learnt=False, is_frame=False)])

    def prepare(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns, those of others with names only where there are several others."""
        return name_in_groups(turns)

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """What stands before the first turn, and above it what the last one is told."""
        own = (frame(self.opening_text),) if self.opening_text else ()
        return *self.told(turns), *own

    def told(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The lines that the last of the turns is told, none of which becomes a marker."""
        told = self.shield(told_lines(turns))
        return (Segment(told + "\n", is_learnt=False, is_frame=False),) if told else ()

    def header(self, turn: Turn) -> tuple[Segment, ...]:
        """The frame before the words, the name of an other person where `prepare` left it, and the aside."""
        own = self._side(turn)
        before = (frame(own.before),) if own.before else ()
        words = [f"{written_name(turn, self.shield)}: "] if self._is_named(turn) else []
        words += [segment.text for segment in aside_lines(turn, self.shield)]
        words[:1] = [own.lead + first for first in words[:1]]
        return *before, *(Segment(text, is_learnt=False, is_frame=False) for text in words)

    def body(self, turn: Turn) -> tuple[Segment, ...]:
        """The words and the end marker; blanks behind it are never learnt."""
        own = self._side(turn)
        lead = "" if self.has_words(turn) else own.lead
        end = own.after.rstrip()
        pieces = (
            Segment(lead + self.words(turn) + own.trail, turn.is_learnt, is_frame=False),
            frame(end, is_learnt=turn.is_learnt),
            frame(own.after[len(end) :]),
        )
        return tuple(piece for piece in pieces if piece.text)

    def words(self, turn: Turn) -> str:
        """The messages as one text without markers."""
        return self.shield(self.messages.join(turn.messages))

    def end_strings(self) -> tuple[str, ...]:
        """The markers at which a turn ends, and the labels that are plain words: a line of them is another's turn.

        Those are no markers: a message may hold them, and nothing is put into it.
        """
        labels = [side.before for side in (self.user, self.persona) if side.before.strip()[:1].isalnum()]
        lines = [f"\n{text}" for label in labels for text in (label.rstrip(), label.strip())]
        return *self.ends, *dict.fromkeys(lines)

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a body."""
        for marker in self.ends:
            text = text.partition(marker)[0]
        words = text.removeprefix(self.persona.lead).removesuffix(self.persona.trail)
        return self.messages.parse(self.shield.lower(words))

    def has_words(self, turn: Turn) -> bool:
        """Whether the header goes on behind the frame, with the blanks that stand before words."""
        return self._is_named(turn) or bool(aside_lines(turn, self.shield))

    def _side(self, turn: Turn) -> Side:
        return self.persona if turn.is_persona else self.user

    def _is_named(self, turn: Turn) -> bool:
        return not turn.is_persona and bool(turn.speaker_name)


@dataclass(frozen=True, slots=True)
class Asked:
    """Replies that are asked for by a frame of their own, whatever history looks like."""

    markup: Framed
    persona: str  # ends the prompt where the persona is asked
    other: str  # follows the header where somebody else is
    start: str  # what the model says first; "" for nothing but the words

    def ask(self, turn: Turn) -> tuple[Segment, ...]:
        """What ends the prompt: an aside stands before the persona's frame, so that the words follow at once."""
        if turn.is_persona:
            return *aside_lines(turn, self.markup.shield), frame(self.persona)
        lead = "" if self.markup.has_words(turn) else self.markup.user.lead
        closing = (frame(lead + self.other),) if self.other else ()
        return *self.markup.header(turn), *closing

    def answer(self, turn: Turn) -> tuple[Segment, ...]:
        """The words, behind what every answer starts with."""
        starts = (frame(self.start, is_learnt=turn.is_learnt),) if self.start else ()
        return *starts, Segment(self.markup.words(turn), turn.is_learnt, is_frame=False)

"""The tokenizer's own chat template, so that an instruction-tuned model sees what it was tuned on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.markup.aside import aside_line
from doppel.markup.messages import MessagePerLine
from doppel.markup.naming import name_in_groups, written_name
from doppel.markup.pieces import require_frame
from doppel.markup.rendering import Rendering, Side, refusal, sides
from doppel.markup.shield import Shield
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.types import Turn

SHORTEST_END = 2  # characters


class Template:
    r"""Renders each turn in the frame that the chat template gives its role; the persona is the assistant.

    The template is asked once, with two rounds of user and assistant: what round two adds is the frame, what round one
    has beside it is the opening. The words never pass through it, so they cannot forge a marker, nor does a template
    that strips or rewrites words change them. Conversations it would refuse are written in its frames all the same:
    neighbours of equal role follow each other as turns, and where it refuses to begin with the assistant, the opening
    ends with an empty user turn. Names of others and asides as in ChatML; bursts are one message per line.
    Raises: ModelError where there is no template, or it rewrites earlier turns, or ends a reply with nothing.
    """

    def __init__(self, tokenizer: Any, *, system: str | None) -> None:
        render = Rendering(tokenizer, system)
        self.opening_text, self.user, self.persona = sides(render)
        if len(self.persona.end) < SHORTEST_END:
            raise refusal("ends a reply with nothing that a model could learn to stop at")
        self.starts = [text for text in tokenizer.all_special_tokens if text and self.user.before.startswith(text)]
        self.starts_with_user = not render.accepts(["assistant", "user"])
        self.messages = MessagePerLine()
        self.shield = Shield(self.end_strings())
        frames = (self.opening_text, self.user.before, self.user.after, self.persona.before, self.persona.after)
        require_frame(tokenizer, [*map(frame, frames), Segment("a\n b", is_learnt=False, is_frame=False)])

    def prepare(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns, those of others with names only where there are several others."""
        return name_in_groups(turns)

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The template's own opening, system turn included, and an empty user turn where one must come first."""
        opening = (frame(self.opening_text),) if self.opening_text else ()
        if not turns or not turns[0].is_persona or not self.starts_with_user:
            return opening
        return *opening, frame(self.user.before), frame(self.user.lead + self.user.trail + self.user.after)

    def header(self, turn: Turn) -> tuple[Segment, ...]:
        """The frame before the words, the name of an other person where `prepare` left it, and the aside."""
        side = self._side(turn)
        before = (frame(side.before),) if side.before else ()
        words = [f"{written_name(turn, self.shield)}: "] if self._is_named(turn) else []
        words += [segment.text for segment in aside_line(turn, self.shield)]
        words[:1] = [side.lead + first for first in words[:1]]
        return *before, *(Segment(text, is_learnt=False, is_frame=False) for text in words)

    def body(self, turn: Turn) -> tuple[Segment, ...]:
        """The words and the end marker; blanks behind it are never learnt."""
        side = self._side(turn)
        lead = "" if self._has_words(turn) else side.lead
        words = lead + self.shield(self.messages.join(turn.messages)) + side.trail
        end = side.after.rstrip()
        rest = side.after[len(end) :]
        pieces = (
            Segment(words, turn.is_learnt, is_frame=False),
            Segment(end, turn.is_learnt, is_frame=True),
            Segment(rest, is_learnt=False, is_frame=True),
        )
        return tuple(piece for piece in pieces if piece.text)

    def end_strings(self) -> tuple[str, ...]:
        """The end marker of a reply, that of a user's turn where it has another, and the token that begins a turn."""
        texts = (self.persona.end, self.user.end, *self.starts)
        return tuple(dict.fromkeys(text for text in texts if len(text) >= SHORTEST_END))

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a body."""
        side = self.persona
        for marker in self.end_strings():
            text = text.partition(marker)[0]
        words = text.removeprefix(side.lead).removesuffix(side.trail)
        return self.messages.parse(self.shield.lower(words))

    def _side(self, turn: Turn) -> Side:
        return self.persona if turn.is_persona else self.user

    def _is_named(self, turn: Turn) -> bool:
        return not turn.is_persona and bool(turn.speaker_name)

    def _has_words(self, turn: Turn) -> bool:
        """Whether the header goes on behind the frame, with the blanks that stand before words."""
        return self._is_named(turn) or turn.aside is not None


def frame(text: str) -> Segment:
    """A piece of the template: never learnt."""
    return Segment(text, is_learnt=False, is_frame=True)

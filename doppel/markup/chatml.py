"""ChatML with the roles that instruction-tuned models know: user, assistant, system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.markup.aside import aside_lines, told_lines
from doppel.markup.frame import Frame
from doppel.markup.messages import MessagePerLine
from doppel.markup.naming import name_in_groups, written_name
from doppel.markup.pieces import require_frame
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.types import Asking, Turn


class ChatML:
    r"""Renders `<|im_start|>assistant\nhi\nyou there?<|im_end|>\n`; the persona is the assistant, all others are users.

    One message per line. Once a second other person has spoken, every user's header carries the name: `user\nAnna: `.
    It is header rather than body, so that a model that has learnt everyone can be asked to speak as Anna. An aside ends
    the header: `assistant\n[21:40]\n`.
    Raises: ConfigError for unusable markers; ModelError where the tokenizer loses the frame.
    """

    asking: Asking | None = None

    def __init__(self, tokenizer: Any, *, start: str, end: str, system: str | None) -> None:
        self.frame = Frame(start, end)
        self.messages = MessagePerLine()
        self.system = system
        example = self.messages.join(("a", "b\nc"))
        require_frame(tokenizer, (*self.frame.header("user"), *self.frame.body(example, is_learnt=True)))

    def prepare(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns, those of others with names only where there are several others."""
        return name_in_groups(turns)

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The system turn, if any, with what the last of the turns is told."""
        return self.frame.system(self.system, told_lines(turns))

    def header(self, turn: Turn) -> tuple[Segment, ...]:
        """The start marker, the role, the name of an other person where `prepare` left it, and the aside."""
        aside = aside_lines(turn, self.frame.shield)
        if turn.is_persona:
            return *self.frame.header("assistant"), *aside
        if not turn.speaker_name:
            return *self.frame.header("user"), *aside
        name = written_name(turn, self.frame.shield)
        return *self.frame.header("user"), Segment(f"{name}: ", is_learnt=False, is_frame=False), *aside

    def body(self, turn: Turn) -> tuple[Segment, ...]:
        """The messages, one per line, and the end marker."""
        return self.frame.body(self.messages.join(turn.messages), is_learnt=turn.is_learnt)

    def end_strings(self) -> tuple[str, ...]:
        """The markers."""
        return self.frame.end_strings()

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a body."""
        return self.messages.parse(self.frame.words(text))

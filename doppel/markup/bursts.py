"""Speakers' names as roles, messages as `>>> ` lines: the markup of doppelganger (furiousteabag, 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.markup.aside import aside_lines, told_lines
from doppel.markup.frame import Frame
from doppel.markup.messages import PrefixedMessages
from doppel.markup.naming import written_name
from doppel.markup.pieces import require_frame

if TYPE_CHECKING:
    from doppel.types import Asking, Segment, Turn


class Bursts:
    r"""Renders `<|im_start|>Anna\n>>> hi\n>>> you there?<|im_end|>\n`; words and end marker are learnt if the turn is.

    As names are roles, the trained model speaks as anyone it knows. doppelganger trains the newline between turns too;
    here it is not, as it follows the end of generation. An aside is a line between name and messages.
    Raises: ConfigError for unusable markers or prefix; ModelError where the tokenizer loses the frame.
    """

    asking: Asking | None = None

    def __init__(self, tokenizer: Any, *, start: str, end: str, message_prefix: str, system: str | None) -> None:
        self.frame = Frame(start, end)
        self.messages = PrefixedMessages(message_prefix)
        self.system = system
        example = self.messages.join(("a", "b"))
        require_frame(tokenizer, (*self.frame.header("a"), *self.frame.body(example, is_learnt=True)))

    def prepare(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns as they are: every header has a name."""
        return turns

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The system turn, if any, with what the last of the turns is told."""
        return self.frame.system(self.system, told_lines(turns))

    def header(self, turn: Turn) -> tuple[Segment, ...]:
        """The start marker, the speaker's name and the aside."""
        return *self.frame.header(written_name(turn, self.frame.shield)), *aside_lines(turn, self.frame.shield)

    def body(self, turn: Turn) -> tuple[Segment, ...]:
        """The messages with their prefixes and the end marker."""
        return self.frame.body(self.messages.join(turn.messages), is_learnt=turn.is_learnt)

    def end_strings(self) -> tuple[str, ...]:
        """The markers."""
        return self.frame.end_strings()

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a body."""
        return self.messages.parse(self.frame.words(text))

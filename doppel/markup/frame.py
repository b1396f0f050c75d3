"""The frame around a turn: `<|im_start|>` role, newline, words, `<|im_end|>`, newline."""

from __future__ import annotations

from doppel.markup.shield import Shield
from doppel.types import Segment


class Frame:
    """Segments of a turn from its role and its words; ChatML (OpenAI, 2023) with any two markers.

    Only the markers are frame. The role and the words are not, so nothing in them can become a special token.
    """

    def __init__(self, start: str, end: str) -> None:
        self.start = start
        self.end = end
        self.shield = Shield((end, start))

    def header(self, role: str) -> tuple[Segment, ...]:
        """What stands before the words: never learnt."""
        return Segment(self.start, is_learnt=False, is_frame=True), Segment(
            f"{role}\n", is_learnt=False, is_frame=False
        )

    def body(self, words: str, *, is_learnt: bool) -> tuple[Segment, ...]:
        """The words and the end marker, and a newline that is never learnt: generation has stopped before it."""
        return (
            Segment(self.shield(words), is_learnt=is_learnt, is_frame=False),
            Segment(self.end, is_learnt=is_learnt, is_frame=True),
            Segment("\n", is_learnt=False, is_frame=True),
        )

    def system(self, words: str | None, told: str) -> tuple[Segment, ...]:
        """An opening turn by `system`, with what is `told` below its words; nothing where there is neither."""
        lines = [line for line in (words, told or None) if line is not None]
        return (*self.header("system"), *self.body("\n".join(lines), is_learnt=False)) if lines else ()

    def end_strings(self) -> tuple[str, ...]:
        """The end marker, and the start marker: a turn that begins has ended the one before."""
        return self.end, self.start

    def words(self, text: str) -> str:
        """The words of a body: up to the first marker, without the shield."""
        for marker in self.end_strings():
            text = text.partition(marker)[0]
        return self.shield.lower(text)

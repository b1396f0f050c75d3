"""What encoding left out or cut, for the funnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from doppel.types import Funnel, Turn


class Tally:
    """Counts over many samples."""

    def __init__(self) -> None:
        self.samples = 0
        self.learnt_turns = 0
        self.learnt_left_out = 0
        self.others_left_out = 0
        self.with_marker = 0
        self.whole = 0
        self.shortened = 0

    def see(self, turns: Sequence[Turn], markers: Sequence[str]) -> None:
        """Counts a sample before it is encoded."""
        self.samples += 1
        self.learnt_turns += sum(turn.is_learnt for turn in turns)
        words = [message for turn in turns for message in turn.messages]
        self.with_marker += sum(any(marker in message for marker in markers) for message in words)

    def left_out(self, turns: Iterable[Turn]) -> None:
        """Counts turns that are longer than the limit."""
        for turn in turns:
            self.learnt_left_out += turn.is_learnt
            self.others_left_out += not turn.is_learnt

    def encoded(self, *, is_whole: bool) -> None:
        """Counts one Tokens; `is_whole`: the conversation before it is all there."""
        self.whole += is_whole
        self.shortened += not is_whole

    def tell(self, funnel: Funnel, max_tokens: int, *, is_by_reply: bool) -> None:
        """Adds one line and the notes."""
        parts = "replies" if is_by_reply else "windows"
        funnel.add(
            "markup",
            kept=self.learnt_turns - self.learnt_left_out,
            dropped=self.learnt_left_out,
            unit="learnt turns",
            why=f"longer than {max_tokens} tokens; a larger batches.max_tokens=... keeps them",
        )
        if self.samples != self.whole + self.shortened:
            funnel.note(f"{self.samples} samples became {self.whole + self.shortened} {parts}")
        if self.shortened:
            funnel.note(
                f"{self.shortened} of the {parts} see only the latest turns before them "
                f"(batches.max_tokens={max_tokens})"
            )
        if self.others_left_out:
            funnel.note(f"{self.others_left_out} turns that are not learnt were too long even as context")
        if self.with_marker:
            funnel.note(f"{self.with_marker} messages hold a marker of the markup; a space was put into it")

"""A conversation that can be taken back: in memory only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Turn


def said(turns: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
    """The turns and one more: who speaks twice in a row goes on with the same burst, as in the training samples."""
    if turns and turns[-1].speaker_id == turn.speaker_id:
        return (*turns[:-1], replace(turns[-1], messages=turns[-1].messages + turn.messages))
    return (*turns, turn)


class Conversation:
    """The turns so far, and for every question the turns before and after it."""

    def __init__(self) -> None:
        self.turns: tuple[Turn, ...] = ()
        self._questions: list[tuple[tuple[Turn, ...], tuple[Turn, ...]]] = []

    def ask(self, turn: Turn) -> None:
        """A burst that wants an answer."""
        before, self.turns = self.turns, said(self.turns, turn)
        self._questions.append((before, self.turns))

    def answer(self, turn: Turn) -> None:
        """A burst in answer."""
        self.turns = said(self.turns, turn)

    def undo(self) -> bool:
        """Takes the last question and its answer back; False where there is none."""
        if self._questions:
            self.turns = self._questions.pop()[0]
            return True
        return False

    def retry(self) -> bool:
        """Takes the last answer back and leaves its question; False where there is none."""
        if self._questions:
            self.turns = self._questions[-1][1]
            return True
        return False

    def clear(self) -> None:
        """Forgets everything."""
        self.turns = ()
        self._questions = []

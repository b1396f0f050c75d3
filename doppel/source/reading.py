"""What became of the records of a data set: how many were kept, why others were not, what had to be guessed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.types import Funnel

SURROGATES = "held halves of characters, or NUL, which no text may hold: replaced by U+FFFD"
REPLACEMENT = "\ufffd"


class Reading:
    """Counts while a source is read, and says so at its end."""

    def __init__(self) -> None:
        self.kept = 0
        self.dropped: Counter[str] = Counter()
        self.guessed: Counter[str] = Counter()
        self.first: dict[str, str] = {}  # reason -> the place of the first that was dropped for it
        self.notes: list[str] = []

    def drop(self, reason: str, place: str, messages: int = 1) -> None:
        """Counts messages that are left out; the first place of each reason is remembered."""
        self.dropped[reason] += messages
        self.first.setdefault(reason, place)

    def clean(self, text: str) -> str:
        """The text as it can be written in UTF-8."""
        if "\0" not in text:
            if text.isascii():
                return text
            try:
                text.encode()
            except UnicodeEncodeError:
                pass
            else:
                return text
        self.guessed[SURROGATES] += 1
        # Both halves of one character, each escaped by itself, are that character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", REPLACEMENT)

    def why(self) -> str:
        """What was left out, in words; "" when nothing was."""
        return "; ".join(f"{count:,} {reason} (first: {self.first[reason]})" for reason, count in self.dropped.items())

    def report(self, funnel: Funnel, what: str, advice: str) -> None:
        """The source's line of the funnel, and its notes. `what` names the data. Raises: DataError if none was kept."""
        if self.kept == 0:
            dropped = self.dropped.total()
            found = f"{dropped:,}, all unusable: {self.why()}" if dropped else "none at all"
            raise DataError(f"{what} holds no messages to read ({found}). {advice}")
        funnel.add("source", kept=self.kept, dropped=self.dropped.total(), unit="messages", why=self.why())
        for note in self.notes:
            funnel.note(f"source: {note}.")
        for guess, count in self.guessed.items():
            funnel.note(f"source: {count:,} messages {guess}.")

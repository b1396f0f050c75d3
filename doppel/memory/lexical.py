"""What the persona has said before, found by the words of the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from doppel.memory.kept import array, numbers
from doppel.memory.recalling import Recalling
from doppel.memory.terms import Terms, weighed

if TYPE_CHECKING:
    from doppel.memory.kept import Array, Kept
    from doppel.types import Fraction, NonNegativeFloat


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexical(Recalling):
    """By BM25 over words or over parts of words."""

    unit: Literal["words", "letters"]
    saturation: NonNegativeFloat
    by_length: Fraction

    def made_of(self) -> dict[str, object]:
        """How words are counted and weighed."""
        return {"unit": self.unit, "saturation": self.saturation, "by_length": self.by_length}

    def indexed(self, texts: list[str]) -> tuple[list[str], dict[str, Array]]:
        """The weights of all terms in all texts."""
        terms, arrays = weighed(texts, self.unit, self.saturation, self.by_length)
        return terms, {name: array(values) for name, values in arrays.items()}

    def index(self, kept: Kept) -> Terms:
        """The same to be asked."""
        arrays = {name: numbers(values) for name, values in kept.arrays.items()}
        return Terms(kept.terms, arrays, len(kept.passages), self.unit)

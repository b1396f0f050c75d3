"""Leaves out texts that are mostly digits and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from doppel.types import Fraction, Message

SMILES = frozenset("()[]:;=-^")  # of ":)" and of the Russian ")))"
EMOJI = frozenset(("So", "Sk", "Cf", "Mn", "Me"))  # pictures, skin tones, joiners, variation marks, keycaps


class Letters:
    """Leaves out texts of which less than `min_fraction` are letters, of any script.

    Spaces count with `count_spaces` only. With `keep_emoji`, texts of nothing but emoji and smiles stay. Messages
    without words are not judged.
    """

    def __init__(self, *, min_fraction: Fraction, count_spaces: bool, keep_emoji: bool) -> None:
        self.min_fraction = min_fraction
        self.count_spaces = count_spaces
        self.keep_emoji = keep_emoji
        self.why = f"of which less than {min_fraction:.0%} are letters"

    def __call__(self, message: Message) -> Message | None:
        """The message where it has enough letters."""
        text = message.text
        if not text or text.isalpha():
            return message
        dense = "".join(text.split())
        spaces = len(text) - len(dense) if self.count_spaces else 0
        if not dense or sum(map(str.isalpha, dense)) >= self.min_fraction * (len(dense) + spaces):
            return message
        if text.isascii():
            return message if self.keep_emoji and SMILES.issuperset(dense) else None
        return message if self._has_enough(dense, spaces) else None

    def _has_enough(self, dense: str, spaces: int) -> bool:
        kinds = [category(char) for char in dense]
        if self.keep_emoji and all(kind in EMOJI or char in SMILES for kind, char in zip(kinds, dense, strict=True)):
            return True
        # Vowel signs of Hindi, Arabic or Thai are marks, not letters, to Python: they belong to the sign before.
        signs = [kind for kind in kinds if kind[0] != "M"]
        return sum(kind[0] == "L" for kind in signs) >= self.min_fraction * (len(signs) + spaces)

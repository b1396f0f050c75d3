"""Keeps the wanted languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Fraction, Message, PositiveInt

MAX_CHARS = 1000  # of a text that are judged
MIN_DISTINCT_LETTERS = 6  # laughter ("ahahahaha") is of no language, and is told apart as some odd one


class Languages:
    """Leaves out texts in a language that is not wanted, as lingua judges them.

    Texts that are too short, or not clearly of one language, stay. The same text is always judged alike.
    """

    def __init__(
        self,
        *,
        keep: list[str],
        among: list[str],
        accuracy: Literal["high", "low"],
        min_letters: PositiveInt,
        min_distance: Fraction,
    ) -> None:
        from lingua import IsoCode639_1, LanguageDetectorBuilder

        codes = [getattr(IsoCode639_1, code) for code in _checked(keep, among)]
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
        builder = builder.with_minimum_relative_distance(min(min_distance, 0.99))
        self.detector = (builder.with_low_accuracy_mode() if accuracy == "low" else builder).build()
        self.keep = frozenset(code.upper() for code in keep)
        self.min_letters = min_letters
        self.why = f"in a language other than {', '.join(keep)}"

    def __call__(self, message: Message) -> Message | None:
        """The message where it is in a wanted language, or in none that can be told."""
        text = message.text[:MAX_CHARS]
        if len(text) < self.min_letters:
            return message
        letters = [letter for letter in text.casefold() if letter.isalpha()]
        if len(letters) < self.min_letters or len(set(letters)) < MIN_DISTINCT_LETTERS:
            return message
        language = self.detector.detect_language_of(text)
        return message if language is None or language.iso_code_639_1.name in self.keep else None


def _checked(keep: list[str], among: list[str]) -> list[str]:
    from lingua import Language

    known = {language.iso_code_639_1.name for language in Language.all()}
    codes = sorted({code.upper() for code in (*keep, *among)})
    unknown = [code.lower() for code in codes if code not in known]
    if unknown:
        listed = ", ".join(sorted(code.lower() for code in known))
        raise ConfigError(f"filters.language: {', '.join(unknown)} is no language code that is known here: {listed}")
    if not keep or len(codes) < 2:
        raise ConfigError(
            "filters.language tells languages apart: keep must name one at least, and with `among` there must be two, "
            "as in filters.language.keep=[en,ru]"
        )
    return codes

"""What every way of recalling has: how much is recalled, of what, and how it stands in the prompt."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from doppel.errors import ConfigError
from doppel.memory.facts import Facts
from doppel.memory.kept import FORMAT, Kept, read, write
from doppel.memory.passages import passages_of
from doppel.memory.recollection import Recollection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from doppel.memory.kept import Array
    from doppel.memory.passages import Passage
    from doppel.memory.recollection import Index
    from doppel.types import Fraction, PositiveInt, Sample

WORDS = "{words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalling(Facts, ABC):
    """What the persona has said before that has to do with the question, right before the reply.

    Raises: ConfigError for a wording without the words.
    """

    recalled: PositiveInt
    recalled_tokens: PositiveInt
    question_turns: PositiveInt
    matches_questions: bool
    min_words: PositiveInt
    min_score: Fraction
    max_copied_words: PositiveInt | None
    wording: str

    def __post_init__(self) -> None:
        if WORDS not in self.wording:
            raise ConfigError(
                f"memory.wording={self.wording!r} must hold {WORDS}, the place of what was said: type "
                f"memory.wording='said before: {WORDS}'"
            )

    @abstractmethod
    def made_of(self) -> dict[str, object]:
        """The settings that an index depends on."""

    @abstractmethod
    def indexed(self, texts: list[str]) -> tuple[list[str], dict[str, Array]]:
        """The terms and the numbers of an index of these texts. Raises: ModelError."""

    @abstractmethod
    def index(self, kept: Kept) -> Index:
        """The index that was kept. Raises: ModelError."""

    def told(self, passage: Passage) -> str:
        """The line of the prompt in which a passage stands."""
        return self.wording.replace(WORDS, passage.words)

    def recollection(self, samples: Callable[[], Iterable[Sample]], sha256: str, file: Path | None) -> Recollection:
        """Over samples, whose content `sha256` names; the index is read from the file, or made and written there.

        Raises: RunError, ModelError.
        """
        facts = {"samples": sha256, "min_words": self.min_words, "matches_questions": self.matches_questions}
        key = hashlib.sha256(msgspec.json.encode([FORMAT, facts | self.made_of()], order="sorted")).hexdigest()
        kept = read(file, key) if file else None
        if kept is None:
            kept = self._made(key, passages_of(samples(), min_words=self.min_words))
            if file:
                write(file, kept)
        index = self.index(kept)
        how = {"number": self.recalled, "question_turns": self.question_turns, "min_score": self.min_score}
        return Recollection(kept.passages, index, **how)

    def _made(self, key: str, passages: list[Passage]) -> Kept:
        with_questions = [f"{one.question}\n{one.words}" if self.matches_questions else one.words for one in passages]
        terms, arrays = self.indexed(with_questions) if passages else ([], {})
        return Kept(key, passages, arrays, terms)

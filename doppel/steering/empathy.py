"""How the other one feels decides how they are answered: the rule of friendly_chatbot_task (2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.steering.classifier import scorer_of
from doppel.steering.steer import Steer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Fraction, NonNegativeInt, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Empathy:
    """Cheers up who is sad, is warm to who is glad, and answers all others as they are.

    A classifier scores the emotions of what the other one has just said, and the sums of two groups of them are looked
    at in turn: `negative` first. Minimum lengths in tokens.
    """

    classifier: str | None
    negative_emotions: list[str]
    negative_above: Fraction
    negative_instruction: str | None
    negative_min_new_tokens: NonNegativeInt
    positive_emotions: list[str]
    positive_above: Fraction
    positive_instruction: str | None
    positive_min_new_tokens: NonNegativeInt
    neutral_instruction: str | None
    neutral_min_new_tokens: NonNegativeInt

    def __call__(self, turns: Sequence[Turn], speaker_id: str) -> Steer:
        """The instruction and the minimum length. Raises: ModelError for a classifier that cannot be used."""
        said = turns[-1] if turns and turns[-1].speaker_id != speaker_id else None
        if said is None:
            return self._steer(self.neutral_instruction, self.neutral_min_new_tokens, "nothing to answer")
        score = scorer_of(self.classifier, frozenset({*self.negative_emotions, *self.positive_emotions}))
        scores = score("\n".join(said.messages))
        negative = sum(scores.get(emotion, 0.0) for emotion in self.negative_emotions)
        positive = sum(scores.get(emotion, 0.0) for emotion in self.positive_emotions)
        why = f"negative {negative:.2f}, positive {positive:.2f}"
        if negative > self.negative_above:
            return self._steer(self.negative_instruction, self.negative_min_new_tokens, why)
        if positive >= self.positive_above:
            return self._steer(self.positive_instruction, self.positive_min_new_tokens, why)
        return self._steer(self.neutral_instruction, self.neutral_min_new_tokens, why)

    def _steer(self, instruction: str | None, min_new_tokens: int, why: str) -> Steer:
        return Steer(instruction, {"min_new_tokens": min_new_tokens}, why)

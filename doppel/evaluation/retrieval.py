"""A baseline without a model: says what the person said where the talk was most alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from doppel.evaluation.nouns import Burst, Moment, Score
from doppel.evaluation.words import SIGNS
from doppel.types import PositiveInt

AT_ONCE = 64  # moments that are compared with all that was learnt


class Retrieval:
    """Answers with the training reply whose context has most in common with the moment's, by its words.

    TF-IDF and cosine likeness over words and pairs of them, as retrieval baselines of response selection have it (Lowe
    et al. 2015). Where no word is shared, and between equals, the latest reply.
    """

    has_likelihood = False
    is_prompted = False

    def __init__(self, learnt: Sequence[Moment], *, turns: PositiveInt) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._replies = [moment.reply.messages for moment in reversed(learnt)]
        self._turns = turns
        self._weights: Any = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=SIGNS)
        self._contexts = self._weights.fit_transform([self._context(moment) for moment in reversed(learnt)])

    def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
        """None for each: it holds no reply likelier than another."""
        return [None] * len(moments)

    def replies(self, moments: Sequence[Moment]) -> list[Burst]:
        """What was said in the context that is most alike."""
        found: list[Burst] = []
        for first in range(0, len(moments), AT_ONCE):
            asked = self._weights.transform([self._context(one) for one in moments[first : first + AT_ONCE]])
            nearest = (asked @ self._contexts.T).toarray().argmax(1)
            found += [self._replies[place] for place in nearest]
        return found

    def _context(self, moment: Moment) -> str:
        return "\n".join(text for turn in moment.turns[-self._turns :] for text in turn.messages)

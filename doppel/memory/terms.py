"""BM25: how much of a question's words, weighed by how rare they are, stand in each passage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.memory.recollection import Scores

Unit = Literal["words", "letters"]
ANALYZERS = {
    "words": {"analyzer": "word", "token_pattern": r"(?u)\b\w+\b"},
    # Of words with their ends: Russian's endings and typos change few of them, where they change every word.
    "letters": {"analyzer": "char_wb", "ngram_range": (3, 4)},
}


def counter(unit: Unit) -> Any:
    """scikit-learn's way from texts to terms."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(lowercase=True, **ANALYZERS[unit])


def weighed(texts: Sequence[str], unit: Unit, saturation: float, by_length: float) -> tuple[list[str], dict[str, Any]]:
    """The terms in order, and for each of them its passages and its weight there (Robertson and Zaragoza, 2009).

    Of a column: `places[starts[term]:starts[term + 1]]` are the passages, `weights[...]` what the term counts there, at
    most its rareness; `rareness` is (terms,).
    """
    vectorizer = counter(unit)
    counts = vectorizer.fit_transform(texts).tocsc()  # (passages, terms)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    rareness = rareness_of(np.diff(counts.indptr), len(texts))
    at_length = saturation * (1 - by_length + by_length * lengths / max(float(lengths.mean()), 1.0))
    terms = np.repeat(np.arange(counts.shape[1]), np.diff(counts.indptr))
    weights = rareness[terms] * counts.data / (counts.data + at_length[counts.indices])
    arrays = {
        "starts": counts.indptr.astype(np.int64),
        "places": counts.indices.astype(np.int32),
        "weights": weights.astype(np.float32),
        "rareness": rareness.astype(np.float32),
    }
    return vectorizer.get_feature_names_out().tolist(), arrays


def rareness_of(passages: Any, number: int) -> Any:
    """What a term counts that stands in so many of the passages."""
    return np.log(1 + (number - passages + 0.5) / (passages + 0.5))


class Terms:
    """An index of `weighed`."""

    def __init__(self, terms: Sequence[str], arrays: dict[str, Any], number: int, unit: Unit) -> None:
        self.places = {term: place for place, term in enumerate(terms)}
        self.arrays = arrays
        self.number = number
        self.unknown = float(rareness_of(np.zeros(1), number)[0])
        self.analyze = counter(unit).build_analyzer()

    def scores(self, question: str) -> Scores:
        """The share of the question's weight that each passage has, (passages,), from 0 to 1."""
        scores = np.zeros(self.number, dtype=np.float32)
        starts, whole = self.arrays["starts"], 0.0
        for term in dict.fromkeys(self.analyze(question)):
            column = self.places.get(term)
            if column is None:
                whole += self.unknown
                continue
            whole += float(self.arrays["rareness"][column])
            here = slice(starts[column], starts[column + 1])
            scores[self.arrays["places"][here]] += self.arrays["weights"][here]
        return scores / whole if whole else scores

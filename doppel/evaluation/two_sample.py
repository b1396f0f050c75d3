"""Whether a classifier can tell the model's replies from the person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from doppel.evaluation.nouns import REAL, Burst, Finding, Material, Measure, Number, System, too_few
from doppel.evaluation.statistics import auc, some
from doppel.types import PositiveInt


class TwoSample:
    """Cross-validated AUC of real against generated replies: 0.5 for a perfect clone, 1 where each is found out.

    A classifier two-sample test (Lopez-Paz & Oquab 2017). Both replies to a moment lie in the same fold. The band: the
    same test between the held-out replies and as many earlier ones of the same person.
    """

    needs_likelihood = False

    def __init__(self, *, min_replies: PositiveInt, folds: PositiveInt, longest_ngram: PositiveInt) -> None:
        self.min_replies, self.folds, self.longest_ngram = min_replies, folds, longest_ngram

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked."""
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """The AUC of each system, and of the person against themself."""
        real, seed = material.real, material.seed
        earlier = some(material.own, len(real), seed)
        few = too_few("replies of models", len(real), self.min_replies) or too_few(
            "training replies of the person", len(earlier), self.min_replies
        )
        if few:
            return few
        values = {name: self._told_apart(real, bursts, seed) for name, bursts in answers.items()}
        values[REAL] = self._told_apart(real[: len(earlier)], earlier, seed)
        says = "how well a classifier tells the model's replies from the real ones: 0.5 not at all, 1 always"
        return Finding(
            [Measure("told_from_real_auc", values, "", "lower", says, band=values[REAL], is_shown=True)],
            facts={"replies": len(real)},
        )

    def _told_apart(self, real: Sequence[Burst], generated: Sequence[Burst], seed: int) -> Number:
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        labels = np.array([0] * len(real) + [1] * len(generated))
        folds = np.random.default_rng(seed).permutation(np.arange(len(real)) % self.folds)
        fold_of = np.concatenate([folds, folds])
        ngrams = CountVectorizer(analyzer="char", ngram_range=(1, self.longest_ngram), lowercase=False)
        counts: Any = ngrams.fit_transform(["\n".join(burst) for burst in [*real, *generated]])
        margins = np.zeros(len(labels))
        for fold in range(self.folds):
            model = make_pipeline(
                TfidfTransformer(sublinear_tf=True), LogisticRegression(C=10.0, solver="liblinear", random_state=seed)
            )
            is_out = fold_of == fold
            model.fit(counts[~is_out], labels[~is_out])
            margins[is_out] = model.decision_function(counts[is_out])
        return auc(margins[labels == 1].tolist(), margins[labels == 0].tolist(), seed)

"""Who wrote it, by a classifier that has read the person and their contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from doppel.evaluation.nouns import OTHERS, REAL, Burst, Finding, Material, Measure, Number, System, too_few
from doppel.evaluation.statistics import auc, mean, some
from doppel.evaluation.words import WORD, Lexicon
from doppel.types import PositiveInt


class Authorship:
    """The share of replies that are ascribed to the person, one by one and several together.

    Logistic regression over character n-grams, the features that tell authors of short texts apart best (Stamatatos
    2013). Words beyond the commonest are masked letter by letter, so that it is the writing that counts and not the
    subjects (text distortion, DV-MA: Stamatatos 2017). The bands: the person's own held-out replies, and others'. It
    knows these people alone: text like nobody's may fall on either side, and is caught by style and two_sample.
    """

    needs_likelihood = False

    def __init__(
        self,
        *,
        min_replies: PositiveInt,
        most_training: PositiveInt,
        common_words: PositiveInt,
        longest_ngram: PositiveInt,
        bundle: PositiveInt,
    ) -> None:
        self.min_replies, self.most_training, self.common_words = min_replies, most_training, common_words
        self.longest_ngram, self.bundle = longest_ngram, bundle

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked."""
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """Shares ascribed to the person, and how well the classifier tells held-out replies apart at all."""
        few = (
            too_few("replies of models", len(material.asked), self.min_replies)
            or too_few("training replies of the person", len(material.own), self.min_replies)
            or too_few("training replies of others", len(material.others), self.min_replies)
            or too_few("held-out replies of others", len(material.others_held_out), self.min_replies)
        )
        if few:
            return few
        margins_of = self._fitted(material)
        others = some(material.others_held_out, max(len(material.asked), self.min_replies), material.seed)
        margins = {name: margins_of(bursts) for name, bursts in answers.items()}
        margins |= {REAL: margins_of(material.real), OTHERS: margins_of(others)}
        alone = {name: mean([float(one > 0) for one in of], material.seed) for name, of in margins.items()}
        together = {name: self._bundled(of, material.seed) for name, of in margins.items()}
        power = auc(margins[REAL], margins[OTHERS], material.seed)
        notes = []
        if (power.low or 0) <= 0.5:
            notes.append("the classifier cannot tell this person from their contacts: its shares mean little here")
        says = "taken for the person's, by how it is written"
        return Finding(
            [
                Measure("ascribed_to_person", alone, "", "real", f"share of single replies {says}",
                        band=alone[REAL], is_shown=True),
                Measure("ascribed_in_bundles", together, "", "real", f"share of {self.bundle} replies together {says}",
                        band=together[REAL]),
                Measure("authorship_auc", {REAL: power}, "", "higher",
                        "how well the classifier tells the person's held-out replies from those of others"),
            ],
            notes,
            {"training_replies": self.most_training},
        )  # fmt: skip

    def _fitted(self, material: Material) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        own = some(material.own, self.most_training, material.seed)
        others = some(material.others, self.most_training, material.seed)
        lexicon = Lexicon.of([*material.own, *material.others], self.common_words)
        model = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, self.longest_ngram), lowercase=False, sublinear_tf=True,
                            min_df=2, max_features=40_000),
            LogisticRegression(class_weight="balanced", solver="liblinear", random_state=material.seed),
        )  # fmt: skip
        model.fit([masked(burst, lexicon) for burst in [*own, *others]], [1] * len(own) + [0] * len(others))
        return lambda bursts: model.decision_function([masked(burst, lexicon) for burst in bursts])

    def _bundled(self, margins: Any, seed: int) -> Number:
        """The share of bundles whose mean margin is the person's; replies are bundled by chance."""
        order = np.random.default_rng(seed).permutation(len(margins))
        bundles = [margins[order[at : at + self.bundle]] for at in range(0, len(order) - self.bundle + 1, self.bundle)]
        return mean([float(bundle.mean() > 0) for bundle in bundles or [margins]], seed)


def masked(burst: Burst, lexicon: Lexicon) -> str:
    """The burst with every word but the commonest as asterisks, and every figure as a hash."""
    text = WORD.sub(
        lambda found: found[0] if found[0].casefold() in lexicon.common else "*" * len(found[0]), "\n".join(burst)
    )
    return "".join("#" if sign.isdigit() else sign for sign in text)

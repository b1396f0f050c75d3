"""Whether a reply fits what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from doppel.evaluation.nouns import Burst, Finding, Material, Measure, System, too_few
from doppel.evaluation.statistics import mean
from doppel.types import PositiveInt


class Relevance:
    """How much more a reply has in common with the true one than the model's replies to other moments have.

    By chrF (Popovic 2015), over characters, as chats have few words and many spellings. Above 0 the replies follow
    their contexts; for shuffled ones it is 0. Small by nature: people say one thing in many ways.
    """

    def __init__(self, *, min_replies: PositiveInt, shuffles: PositiveInt) -> None:
        self.min_replies, self.shuffles = min_replies, shuffles

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked."""
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """Likeness to the true reply, and what of it is owed to the context."""
        if few := too_few("replies of models", len(material.asked), self.min_replies):
            return few
        pairs = {name: self._likeness(material.real, bursts, material.seed) for name, bursts in answers.items()}
        likeness = {name: mean([own for own, _ in of], material.seed) for name, of in pairs.items()}
        gain = {name: mean([own - shuffled for own, shuffled in of], material.seed) for name, of in pairs.items()}
        return Finding(
            [
                Measure("relevance_gain", gain, "chrF", "higher",
                        "likeness to the true reply beyond that of replies to other moments", is_shown=True),
                Measure("likeness_to_true_reply", likeness, "chrF", "higher", "0 nothing in common, 100 the same"),
            ],
            facts={"replies": len(material.asked), "shuffles": self.shuffles},
        )  # fmt: skip

    def _likeness(self, real: Sequence[Burst], generated: Sequence[Burst], seed: int) -> list[tuple[float, float]]:
        """Of each reply to its own true one, and the mean of some other replies to it."""
        from sacrebleu.metrics.chrf import CHRF

        metric = CHRF()
        texts = ["\n".join(burst) for burst in generated]
        draw = np.random.default_rng(seed)
        pairs = []
        for at, burst in enumerate(real):
            true = ["\n".join(burst)]
            others = [int(other) for other in draw.permutation(len(texts)) if other != at][: self.shuffles]
            shuffled = [metric.sentence_score(texts[other], true).score for other in others]
            pairs.append((metric.sentence_score(texts[at], true).score, float(np.mean(shuffled))))
        return pairs

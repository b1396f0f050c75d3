"""Whether the replies are written as the person writes, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from doppel.evaluation.distances import Matrix, counted, distance
from doppel.evaluation.features import FEATURES, Feature
from doppel.evaluation.nouns import REAL, Burst, Finding, Material, Measure, Number, System, too_few
from doppel.evaluation.statistics import centred, draws, some
from doppel.evaluation.words import Lexicon
from doppel.types import PositiveInt

SPREAD = 95  # percent of the distances between two samples of the person that lie below the end of the band
LEAST_SPREAD = 1e-3  # of a band, so that what the person never does can be told at all


class Style:
    """Distances between the person's replies and the model's in the same contexts.

    The yardstick is the distance between two samples of the person's own messages, of the same size, drawn without
    replacement from training and held-out ones: a distance below 95 % of those is within how the person varies.
    `real`: how far the held-out replies lie from the person's earlier ones, as people change and so do their subjects.
    """

    needs_likelihood = False

    def __init__(
        self, *, min_replies: PositiveInt, common_words: PositiveInt, most_own: PositiveInt, resamples: PositiveInt
    ) -> None:
        self.min_replies, self.common_words = min_replies, common_words
        self.most_own, self.resamples = most_own, resamples

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked."""
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """A measure for each feature, and over all of them the share that lies within the person's own spread."""
        real = material.real
        own = [*some(material.own, self.most_own, material.seed), *real]
        few = too_few("replies of models", len(real), self.min_replies) or too_few(
            "replies of the person", len(own), 2 * self.min_replies
        )
        if few:
            return few
        lexicon = Lexicon.of([*material.own, *material.others], self.common_words)
        sets = {"own": own, REAL: real, **answers}
        found = [self._feature(feature, sets, lexicon, material.seed) for feature in FEATURES]
        return Finding([*_overall(found), *found], facts={"replies": len(real), "own_replies": len(own)})

    def _feature(self, feature: Feature, sets: Mapping[str, Sequence[Burst]], lexicon: Lexicon, seed: int) -> Measure:
        matrices, scale = counted(feature, list(sets.values()), lexicon)
        of = dict(zip(sets, matrices, strict=True))
        own, real = of.pop("own"), of.pop(REAL)
        between = self._between_halves(feature, own, len(real), scale, seed)
        chosen = draws(len(real), seed, self.resamples)
        values = {
            name: centred(
                distance(feature.kind, matrix.sum(0), real.sum(0), scale),
                [distance(feature.kind, matrix[rows].sum(0), real[rows].sum(0), scale) for rows in chosen],
            )
            for name, matrix in of.items()
        }
        values[REAL] = Number(self._to_earlier(feature, own[: -len(real)], real, scale, seed))
        edge = max(float(np.percentile(between, SPREAD)), LEAST_SPREAD)
        band = Number(float(np.median(between)), 0.0, edge)
        return Measure(feature.name, values, feature.unit, "real", feature.says, band=band)

    def _between_halves(self, feature: Feature, own: Matrix, size: int, scale: Matrix, seed: int) -> list[float]:
        draw = np.random.default_rng(seed)
        size = min(size, len(own) // 2)
        distances = []
        for _ in range(self.resamples):
            order = draw.permutation(len(own))
            one, other = own[order[:size]], own[order[size : 2 * size]]
            distances.append(distance(feature.kind, one.sum(0), other.sum(0), scale))
        return distances

    def _to_earlier(self, feature: Feature, earlier: Matrix, real: Matrix, scale: Matrix, seed: int) -> float:
        draw = np.random.default_rng(seed)
        size = min(len(real), len(earlier))
        samples = [draw.choice(len(earlier), size, replace=False) for _ in range(20)] if size else []
        return float(
            np.mean([distance(feature.kind, earlier[rows].sum(0), real.sum(0), scale) for rows in samples] or [0.0])
        )


def _overall(found: Sequence[Measure]) -> list[Measure]:
    systems = found[0].values
    within: dict[str, Number] = {}
    times: dict[str, Number] = {}
    for name in systems:
        ratios = [(one.values[name].value, one.band.high or 0.0) for one in found if one.band is not None]
        within[name] = Number(float(np.mean([value <= edge for value, edge in ratios])))
        times[name] = Number(float(np.mean([min(value / edge, 10.0) for value, edge in ratios])))
    return [
        Measure("style_within_own_spread", within, "", "higher",
                "share of the features below that lie within how the person varies", is_shown=True),
        Measure("style_distance", times, "", "lower",
                "mean over the features, each as a multiple of the end of its band, at most 10", is_shown=True),
    ]  # fmt: skip

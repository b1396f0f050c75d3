"""Whether the model would rather have said what the person said than what others did, or the person elsewhere."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from doppel.evaluation.moments import saying
from doppel.evaluation.nouns import RESULT, Burst, Finding, Material, Measure, Moment, Score, System, too_few
from doppel.evaluation.statistics import evenly, mean
from doppel.evaluation.words import plain
from doppel.types import PositiveInt

Ranks = list[float | None]
LIKE_LENGTH = math.log(1.25)  # a quarter longer or shorter is alike
KINDS = {"others": "replies of others", "own": "other replies of the same person"}


class Preference:
    """hits@1, mean reciprocal rank and rivals beaten of the true reply among others, by mean log-likelihood a token.

    As response selection is measured since Lowe et al. (2015); 1 of 20 as in ConvAI2 (Dinan et al. 2019). Candidates
    are drawn from replies that are held out, too, and from training where those are too few; of those that are about as
    long as the true one. Else which length a model holds likely would decide: training on chats makes replies of up to
    10 characters likelier by 2 nats a token, and those of more than 120 by 0.3 (experiments/chitchat_evaluation.md).
    """

    needs_likelihood = True

    def __init__(self, *, min_replies: PositiveInt, moments: PositiveInt, candidates: PositiveInt) -> None:
        self.min_replies, self.moments, self.candidates = min_replies, moments, candidates

    def ask(self, material: Material, system: System) -> dict[str, Ranks]:
        """The rank of the true reply in each moment, for each kind of candidates."""
        chosen = evenly(material.held_out, self.moments)
        sets = {kind: self._sets(material, chosen, kind) for kind in KINDS}
        wanted = [moment for of_kind in sets.values() for candidates in of_kind for moment in candidates]
        scored = dict(zip(wanted, system.scores(wanted), strict=True))
        return {
            kind: [rank([scored[moment] for moment in candidates]) for candidates in of_kind]
            for kind, of_kind in sets.items()
        }

    def judge(self, material: Material, answers: Mapping[str, Mapping[str, Ranks]]) -> Finding | str:
        """Hits and mean reciprocal ranks, over the moments whose candidates fit into every model."""
        measures: list[Measure] = []
        by_moment: dict[str, dict[str, Ranks]] = {}
        number = 0
        for kind in KINDS:
            ranks = {name: of[kind] for name, of in answers.items()}
            fitting = [at for at, row in enumerate(zip(*ranks.values(), strict=True)) if None not in row]
            number = len(fitting)
            if few := too_few("held-out replies with candidates that fit into every model", number, self.min_replies):
                return few
            for measure, value in self._values().items():
                of_measure = {name: [one and value(one) for one in of] for name, of in ranks.items()}
                by_moment[f"{measure}_{kind}"] = of_measure
                shared = {name: [of[at] or 0.0 for at in fitting] for name, of in of_measure.items()}
                measures += self._measures(measure, kind, shared, material.seed)
        facts = {"moments": number, "candidates": self.candidates, "by_moment": by_moment}
        return Finding(measures, facts=facts)

    def _values(self) -> dict[str, Callable[[float], float]]:
        """measure -> what it makes of a rank."""
        return {
            "hits_at_1": lambda rank: float(rank == 1),
            "mrr": lambda rank: 1 / rank,
            "rivals_beaten": lambda rank: (self.candidates + 1 - rank) / self.candidates,
        }

    def _measures(self, measure: str, kind: str, values: Mapping[str, Sequence[float]], seed: int) -> list[Measure]:
        """The means over all moments; of rivals beaten also the gain, which few moments tell closer than the rank."""
        most = self.candidates + 1
        says = {
            "hits_at_1": f"how often the true reply is the likeliest of {most}, against {KINDS[kind]}; "
            f"chance: {1 / most:.2f}",
            "mrr": f"mean reciprocal rank, against {KINDS[kind]}",
            "rivals_beaten": f"share of {KINDS[kind]} that are less likely; chance: 0.50",
        }[measure]
        means = {name: mean(of, seed) for name, of in values.items()}
        measures = [Measure(f"{measure}_{kind}", means, "", "higher", says, is_shown=measure != "mrr")]
        if measure == "rivals_beaten" and RESULT in values and len(values) > 1:
            gains = {
                name: mean([mine - other for mine, other in zip(values[RESULT], of, strict=True)], seed)
                for name, of in values.items()
                if name != RESULT
            }
            says = "what the training has gained in that, moment by moment"
            measures.append(Measure(f"rivals_beaten_gained_over_{kind}", gains, "", "higher", says))
        return measures

    def _sets(self, material: Material, chosen: Sequence[Moment], kind: str) -> list[list[Moment]]:
        """The true moment and its rivals, for each moment that has enough of them."""
        held = material.others_held_out if kind == "others" else [m.reply.messages for m in material.held_out]
        more = material.others if kind == "others" else material.own
        draw = random.Random(f"{material.seed}/{kind}")
        sets = []
        for moment in chosen:
            true = moment.reply.messages
            rivals = distinct(_as_long(_shuffled(held, draw), true), true, self.candidates)
            if len(rivals) < self.candidates:
                rivals = distinct([*rivals, *_as_long(_shuffled(more, draw), true)], true, self.candidates)
            if len(rivals) == self.candidates:
                sets.append([moment, *(saying(moment, rival) for rival in rivals)])
        return sets


def _shuffled(bursts: Sequence[Burst], draw: random.Random) -> list[Burst]:
    return draw.sample(list(bursts), len(bursts))


def _as_long(bursts: Sequence[Burst], true: Burst) -> list[Burst]:
    """Those of like length first, as far as there are, the others by how far they are from it."""
    length = _length(true)
    return sorted(bursts, key=lambda burst: max(LIKE_LENGTH, abs(math.log(_length(burst) / length))))


def _length(burst: Burst) -> int:
    return sum(len(text) + 1 for text in burst)


def distinct(bursts: Iterable[Burst], true: Burst, most: int) -> list[Burst]:
    """At most so many that differ from the true reply and from one another."""
    seen, kept = {plain(true)}, []
    for burst in bursts:
        if len(kept) == most:
            break
        if (text := plain(burst)) not in seen:
            seen.add(text)
            kept.append(burst)
    return kept


def rank(scores: Sequence[Score | None]) -> float | None:
    """The place of the first, 1 for the likeliest, ties shared; None where one of them has no score."""
    means = [score.nats / score.tokens for score in scores if score is not None]
    if len(means) < len(scores):
        return None
    true, rivals = means[0], means[1:]
    return 1 + sum(other < true for other in rivals) + sum(other == true for other in rivals) / 2

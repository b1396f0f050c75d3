"""Whether the model would rather have said what the person said than what others did, or the person elsewhere."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence

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
        number = 0
        for kind, words in KINDS.items():
            rows = list(zip(*(of[kind] for of in answers.values()), strict=True))
            fitting = [row for row in rows if None not in row]
            number = len(fitting)
            if few := too_few("held-out replies with candidates that fit into every model", number, self.min_replies):
                return few
            ranks = dict(zip(answers, zip(*fitting, strict=True), strict=True))
            hits = {name: mean([float(one == 1) for one in of], material.seed) for name, of in ranks.items()}
            reciprocal = {name: mean([1 / one for one in of], material.seed) for name, of in ranks.items()}
            says = f"how often the true reply is the likeliest of {self.candidates + 1}, against {words}"
            measures += [
                Measure(f"hits_at_1_{kind}", hits, "", "higher", f"{says}; chance: {1 / (self.candidates + 1):.2f}",
                        is_shown=True),
                Measure(f"mrr_{kind}", reciprocal, "", "higher", f"mean reciprocal rank, against {words}"),
                *self._beaten(ranks, kind, material.seed),
            ]  # fmt: skip
        return Finding(measures, facts={"moments": number, "candidates": self.candidates})

    def _beaten(self, ranks: Mapping[str, Sequence[float]], kind: str, seed: int) -> list[Measure]:
        """Shares of rivals that the true reply beats, which few moments tell closer than its rank does."""
        shares = {name: [(self.candidates + 1 - one) / self.candidates for one in of] for name, of in ranks.items()}
        beaten = {name: mean(of, seed) for name, of in shares.items()}
        measures = [
            Measure(f"rivals_beaten_{kind}", beaten, "", "higher", f"share of {KINDS[kind]} that are less likely; "
                    "chance: 0.50", is_shown=True),
        ]  # fmt: skip
        if RESULT in shares and len(shares) > 1:
            gains = {
                name: mean([mine - other for mine, other in zip(shares[RESULT], of, strict=True)], seed)
                for name, of in shares.items()
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

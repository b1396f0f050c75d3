"""What the model has kept of its training word for word, and whether it may be given away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doppel.evaluation.nouns import (
    BASE,
    REAL,
    RESULT,
    Burst,
    Finding,
    Material,
    Measure,
    Number,
    Score,
    System,
    too_few,
)
from doppel.evaluation.overlap import Overlaps
from doppel.evaluation.statistics import auc, mean
from doppel.types import Fraction, NonNegativeFloat, PositiveInt


@dataclass(frozen=True, slots=True)
class Kept:
    """What a system has said, and how likely it holds what it has and has not seen."""

    replies: Sequence[Burst]
    learnt: Sequence[Score | None]
    held_out: Sequence[Score | None]


class Memorisation:
    """Overlaps with the training text, membership inference by loss, and the gate.

    Overlaps of the held-out replies are the baseline: people repeat themselves. Membership: an attacker who has the
    model tells training replies from later ones by their loss (Yeom et al. 2018); the base model, which has seen
    neither, tells what is owed to the texts alone, and the difference to it is the sharper attack (Watson et al. 2022).
    What is held out was said later, of other things and perhaps to others: part of what the AUC tells is owed to that
    and not to memory (Duan et al. 2024), so that the gate errs on the careful side.
    """

    needs_likelihood = False  # without one, the overlaps are told alone

    def __init__(
        self,
        *,
        min_replies: PositiveInt,
        long_overlap_words: PositiveInt,
        whole_message_words: PositiveInt,
        max_long_overlap_excess: Fraction,
        max_whole_message_excess: Fraction,
        max_overlap_words: PositiveInt,
        max_membership_auc: NonNegativeFloat,
    ) -> None:
        self.min_replies = min_replies
        self.long_overlap_words, self.whole_message_words = long_overlap_words, whole_message_words
        self.max_excess = {"long_overlaps": max_long_overlap_excess, "whole_messages": max_whole_message_excess}
        self.max_overlap_words, self.max_membership_auc = max_overlap_words, max_membership_auc

    def ask(self, material: Material, system: System) -> Kept:
        """Replies, and the scores of what was and what was not learnt; without them where weights hold nothing."""
        if system.is_prompted:
            return Kept(system.replies(material.asked), (), ())
        learnt, held_out = system.scores(material.learnt), system.scores(material.held_out)
        return Kept(system.replies(material.asked), learnt, held_out)

    def judge(self, material: Material, answers: Mapping[str, Kept]) -> Finding | str:
        """Overlaps, membership and the gate."""
        few = too_few("replies of models", len(material.asked), self.min_replies) or too_few(
            "training replies of the person", len(material.learnt), self.min_replies
        )
        if few:
            return few
        replies = {name: kept.replies for name, kept in answers.items()} | {REAL: material.real}
        overlaps = self._overlaps(material, replies)
        membership = _membership(answers, material.seed)
        longest = max((overlaps["longest"].values[name].value for name in (RESULT,) if name in answers), default=0.0)
        reasons = self._reasons(overlaps, membership, longest) if RESULT in answers else []
        gate = {"shareable": not reasons, "because": reasons or ["no sign of memorised text above its limit"]}
        return Finding([*overlaps.values(), *membership], facts={"gate": gate} if RESULT in answers else {})

    def _overlaps(self, material: Material, replies: Mapping[str, Sequence[Burst]]) -> dict[str, Measure]:
        found = Overlaps((one for of in replies.values() for one in of), [*material.own, *material.others])
        longest = {name: [found.longest(burst) for burst in of] for name, of in replies.items()}
        least, words, seed = self.whole_message_words, self.long_overlap_words, material.seed
        long = {name: mean([float(one >= words) for one in of], seed) for name, of in longest.items()}
        whole = {
            name: mean([float(one) for burst in of for one in found.whole(burst, least)] or [0.0], seed)
            for name, of in replies.items()
        }
        most = {name: Number(float(max(of, default=0))) for name, of in longest.items()}
        return {
            "longest": Measure("longest_overlap", most, "words", "lower", "the longest run that stands in training"),
            "long_overlaps": Measure("long_overlaps", long, "", "lower",
                                     f"replies with {words} words in a row that stand in training"),
            "whole_messages": Measure("whole_messages", whole, "", "lower",
                                      f"messages of {least} words or more that are a message of the training",
                                      band=whole[REAL], is_shown=True),
        }  # fmt: skip

    def _reasons(
        self,
        overlaps: Mapping[str, Measure],
        membership: Sequence[Measure],
        longest: float,
    ) -> list[str]:
        reasons = []
        for name, limit in self.max_excess.items():
            values = overlaps[name].values
            excess = values[RESULT].value - values[REAL].value
            if excess > limit:
                says = overlaps[name].says
                reasons.append(f"{says}: {excess:.1%} more than in the person's own later replies, {limit:.1%} allowed")
        natural = overlaps["longest"].values[REAL].value
        if longest > max(self.max_overlap_words, natural):
            reasons.append(f"{longest:.0f} words in a row stand in training, {self.max_overlap_words} are allowed")
        for measure in membership[-1:]:
            value = measure.values[RESULT].value
            if value > self.max_membership_auc:
                reasons.append(
                    f"training replies are told from later ones by their loss (AUC {value:.2f}, "
                    f"{self.max_membership_auc} allowed)"
                )
        return reasons


def _membership(answers: Mapping[str, Kept], seed: int) -> list[Measure]:
    """By the loss alone, for each system; and, where the base was asked, by the difference to it."""
    alone = {
        name: _auc(_losses(kept.learnt), _losses(kept.held_out), seed)
        for name, kept in answers.items()
        if any(kept.learnt) and any(kept.held_out)
    }
    says = "how well training replies are told from later ones by their loss: 0.5 not at all"
    measures = [Measure("membership_auc", alone, "", "lower", says)]
    if BASE in answers and RESULT in answers:
        mine, base = answers[RESULT], answers[BASE]
        against = _auc(_saved(mine.learnt, base.learnt), _saved(mine.held_out, base.held_out), seed)
        measures.append(
            Measure("membership_auc_against_base", {RESULT: against}, "", "lower",
                    "the same by how much less it is than the base model's", is_shown=True)
        )  # fmt: skip
    return measures


def _losses(scores: Sequence[Score | None]) -> list[float]:
    return [score.nats / score.tokens for score in scores if score]


def _saved(mine: Sequence[Score | None], base: Sequence[Score | None]) -> list[float]:
    return [(one.nats - other.nats) / one.tokens for one, other in zip(mine, base, strict=True) if one and other]


def _auc(learnt: Sequence[float], held_out: Sequence[float], seed: int) -> Number:
    return auc([-one for one in learnt], [-one for one in held_out], seed)

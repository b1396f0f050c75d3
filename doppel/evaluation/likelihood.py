"""How likely the model holds what the person said next."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence

from doppel.evaluation.nouns import RESULT, Finding, Material, Measure, Moment, Number, Score, System, too_few
from doppel.evaluation.statistics import ratio
from doppel.types import PositiveInt

Scores = Sequence[Score | None]
LENGTHS = ((10, "up to 10 characters"), (40, "11 to 40"), (120, "41 to 120"), (10**9, "more than 120"))


class HeldOutLikelihood:
    """Nats and perplexity a learnt token, and bits a character, by which models with other tokenizers compare.

    A reply's characters are those of its messages and one for the end of each, as that is predicted, too.
    """

    needs_likelihood = True

    def __init__(self, *, min_replies: PositiveInt, min_group_replies: PositiveInt, most_contacts: PositiveInt) -> None:
        self.min_replies, self.min_group_replies = min_replies, min_group_replies
        self.most_contacts = most_contacts

    def ask(self, material: Material, system: System) -> list[Score | None]:
        """The scores of the held-out replies."""
        return system.scores(material.held_out)

    def judge(self, material: Material, answers: Mapping[str, Scores]) -> Finding | str:
        """Likelihood over all, against the baselines, and by contact, length and year."""
        fitting = [at for at in range(len(material.held_out)) if all(scores[at] for scores in answers.values())]
        if few := too_few("held-out replies that fit into every model", len(fitting), self.min_replies):
            return few
        moments = [material.held_out[at] for at in fitting]
        scores = {name: [score for at in fitting if (score := of[at])] for name, of in answers.items()}
        measures = [*self._whole(scores, moments, material.seed), *self._gains(scores, material.seed)]
        for by in (_by_contact, _by_length, _by_year):
            measures += self._groups(scores, moments, by, material.seed)
        left_out = len(material.held_out) - len(fitting)
        notes = (
            [f"{left_out} of {len(material.held_out)} held-out replies are too long and left out"] if left_out else []
        )
        # Numbers alone, a place for every held-out reply: what runs are compared by.
        pairs = {
            name: [(round(score.nats, 4), score.tokens) if score else None for score in of]
            for name, of in answers.items()
        }
        return Finding(measures, notes, {"replies": len(fitting), "scores": pairs})

    def _whole(self, scores: Mapping[str, list[Score]], moments: list[Moment], seed: int) -> list[Measure]:
        nats = _nats(scores, seed)
        perplexity = {
            name: Number(*(math.exp(x) for x in (n.value, n.low or 0, n.high or 0))) for name, n in nats.items()
        }
        chars = [float(sum(len(text) + 1 for text in moment.reply.messages)) for moment in moments]
        bits = {name: ratio([s.nats / math.log(2) for s in of], chars, seed) for name, of in scores.items()}
        says = "how surprised the model is by what the person really said"
        return [
            Measure("nats_per_token", nats, "nats", "lower", says, is_shown=True),
            Measure("perplexity", perplexity, "", "lower", "the same as a number of equally likely next tokens"),
            Measure("bits_per_character", bits, "bits", "lower", "the same for models of any tokenizer", is_shown=True),
        ]

    def _gains(self, scores: Mapping[str, list[Score]], seed: int) -> list[Measure]:
        if RESULT not in scores or len(scores) == 1:
            return []
        mine = scores[RESULT]
        gains = {
            name: ratio([b.nats - m.nats for b, m in zip(of, mine, strict=True)], [m.tokens for m in mine], seed)
            for name, of in scores.items()
            if name != RESULT
        }
        return [Measure("nats_saved_over", gains, "nats", "higher", "what the training has saved, reply by reply")]

    def _groups(
        self,
        scores: Mapping[str, list[Score]],
        moments: list[Moment],
        by: Callable[[list[Moment]], list[tuple[Hashable, str]]],
        seed: int,
    ) -> list[Measure]:
        groups: dict[Hashable, list[int]] = {}
        labels: dict[Hashable, str] = {}
        for at, (key, label) in enumerate(by(moments)):
            groups.setdefault(key, []).append(at)
            labels[key] = label
        large = [key for key in groups if len(groups[key]) >= self.min_group_replies]
        if by is _by_contact:
            large = sorted(large, key=lambda key: -len(groups[key]))[: self.most_contacts]
        if len(large) < 2 and by is not _by_contact:
            return []
        return [
            Measure(
                "nats_per_token",
                _nats({name: [of[at] for at in groups[key]] for name, of in scores.items()}, seed),
                "nats", "lower", f"{len(groups[key])} replies", of=labels[key],
            )
            for key in large
        ]  # fmt: skip


def _nats(scores: Mapping[str, list[Score]], seed: int) -> dict[str, Number]:
    return {name: ratio([s.nats for s in of], [s.tokens for s in of], seed) for name, of in scores.items()}


def _by_contact(moments: list[Moment]) -> list[tuple[Hashable, str]]:
    return [(moment.contact_id, f"to {moment.contact_name}") for moment in moments]


def _by_length(moments: list[Moment]) -> list[tuple[Hashable, str]]:
    lengths = [sum(map(len, moment.reply.messages)) for moment in moments]
    return [next((most, label) for most, label in LENGTHS if length <= most) for length in lengths]


def _by_year(moments: list[Moment]) -> list[tuple[Hashable, str]]:
    return [(moment.year or 0, f"in {moment.year}" if moment.year else "without time") for moment in moments]

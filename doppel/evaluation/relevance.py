"""Whether a reply fits what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from doppel.evaluation.folders import require_folder
from doppel.evaluation.meaning import by_company, by_model
from doppel.evaluation.nouns import Burst, Finding, Material, Measure, Number, System, too_few
from doppel.evaluation.statistics import mean
from doppel.types import PositiveInt

Alike = Callable[[int, int], float]  # (place of a true reply, place of a reply) -> how much they have in common


class Relevance:
    """How much more a reply has in common with the true one than the model's replies to other moments have.

    By chrF (Popovic 2015), over characters, as chats have few words and many spellings; and by meaning, as the cosine
    of embeddings. Above 0 the replies follow their contexts; for shuffled ones it is 0. Small by nature: people say one
    thing in many ways.
    """

    needs_likelihood = False

    def __init__(self, *, min_replies: PositiveInt, shuffles: PositiveInt, embedding_model: str | None) -> None:
        self.min_replies, self.shuffles, self.embedding_model = min_replies, shuffles, embedding_model
        require_folder("evaluation.relevance.embedding_model", embedding_model)

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked."""
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """Likeness to the true reply, and what of it is owed to the context."""
        if few := too_few("replies of models", len(material.asked), self.min_replies):
            return few
        real = ["\n".join(burst) for burst in material.real]
        texts = {name: ["\n".join(burst) for burst in of] for name, of in answers.items()}
        seed, chars, senses = material.seed, self._by_characters, self._by_meaning(material)
        alike = {name: _pairs(len(real), self.shuffles, seed, chars(real, of)) for name, of in texts.items()}
        meant = {name: _pairs(len(real), self.shuffles, seed, senses(real, of)) for name, of in texts.items()}
        by = "the model of embedding_model" if self.embedding_model else "latent semantic analysis of the training"
        return Finding(
            [
                Measure("relevance_gain", _gain(alike, seed), "chrF", "higher",
                        "likeness to the true reply beyond that of replies to other moments", is_shown=True),
                Measure("likeness_to_true_reply", _own(alike, seed), "chrF", "higher",
                        "0 nothing in common, 100 the same"),
                Measure("meaning_gain", _gain(meant, seed), "cosine", "higher",
                        f"likeness in meaning to the true reply beyond that of other replies, by {by}", is_shown=True),
                Measure("meaning_of_true_reply", _own(meant, seed), "cosine", "higher", f"1 the same, by {by}"),
            ],
            facts={"replies": len(material.asked), "shuffles": self.shuffles},
        )  # fmt: skip

    def _by_characters(self, real: Sequence[str], generated: Sequence[str]) -> Alike:
        from sacrebleu.metrics.chrf import CHRF

        metric = CHRF()
        return lambda at, other: metric.sentence_score(generated[other], [real[at]]).score

    def _by_meaning(self, material: Material) -> Callable[[Sequence[str], Sequence[str]], Alike]:
        if self.embedding_model:
            embed = by_model(self.embedding_model)
        else:
            embed = by_company(["\n".join(burst) for burst in (*material.own, *material.others)])

        def compared(real: Sequence[str], generated: Sequence[str]) -> Alike:
            true, said = embed(real), embed(generated)
            return lambda at, other: float(true[at] @ said[other])

        return compared


def _pairs(number: int, shuffles: int, seed: int, alike: Alike) -> list[tuple[float, float]]:
    """Of each true reply to the one given to it, and the mean of some others to it."""
    draw = np.random.default_rng(seed)
    pairs = []
    for at in range(number):
        others = [int(other) for other in draw.permutation(number) if other != at][:shuffles]
        pairs.append((alike(at, at), float(np.mean([alike(at, other) for other in others]))))
    return pairs


def _own(pairs: Mapping[str, list[tuple[float, float]]], seed: int) -> dict[str, Number]:
    return {name: mean([own for own, _ in of], seed) for name, of in pairs.items()}


def _gain(pairs: Mapping[str, list[tuple[float, float]]], seed: int) -> dict[str, Number]:
    return {name: mean([own - shuffled for own, shuffled in of], seed) for name, of in pairs.items()}

"""Whether replies contradict what is known of the person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from doppel.errors import ConfigError, ModelError
from doppel.evaluation.folders import model_folder, require_folder
from doppel.evaluation.nouns import REAL, Burst, Finding, Material, Measure, System, too_few
from doppel.evaluation.statistics import mean
from doppel.evaluation.words import words_of
from doppel.types import Fraction, PositiveInt

NLI_MODEL = "evaluation.contradiction.nli_model"
BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
HEADING = re.compile(r"^\s*(?:#|<!--|```|---)")
FEWEST_WORDS = 3  # of a reply that can contradict anything
AT_ONCE = 32  # pairs in one forward
MAX_TOKENS = 256  # of a pair
Pair = tuple[str, str]  # fact, reply


class Contradiction:
    """The share of replies that contradict a fact, by a model of natural language inference.

    As persona consistency is measured since Welleck et al. (2019), "Dialogue Natural Language Inference". What the
    person themself is charged with is the error of that model: only what is beyond it counts.
    Raises: ConfigError where the facts cannot be read, or there is no model.
    """

    needs_likelihood = False

    def __init__(
        self, *, min_replies: PositiveInt, facts: str | None, nli_model: str | None, most_facts: PositiveInt,
        min_probability: Fraction,
    ) -> None:  # fmt: skip
        self.min_replies, self.nli_model, self.min_probability = min_replies, nli_model, min_probability
        self.facts = facts_of(facts)[:most_facts] if facts else []
        require_folder(NLI_MODEL, nli_model)

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked; none where nothing can be compared with them."""
        return system.replies(material.asked) if self.facts and self.nli_model else []

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """The share of each system, and of the person. Raises: ModelError."""
        if not self.facts:
            return "no file of facts is named: evaluation.contradiction.facts=facts.md, one fact a line"
        if not self.nli_model:
            return "no model of inference is named: evaluation.contradiction.nli_model=/a/local/folder"
        if few := too_few("replies of models", len(material.asked), self.min_replies):
            return few
        contradicts = _inference(self.nli_model)
        shares = {}
        for name, replies in ({**answers, REAL: material.real}).items():
            texts = [" ".join(burst) for burst in replies]
            pairs = [(fact, text) for text in texts if len(words_of(text)) >= FEWEST_WORDS for fact in self.facts]
            refuted = {text for (_, text), p in zip(pairs, contradicts(pairs), strict=True) if p > self.min_probability}
            shares[name] = mean([float(text in refuted) for text in texts], material.seed)
        says = "replies that contradict a fact about the person, as a model of inference reads them"
        return Finding(
            [Measure("contradictions", shares, "", "lower", says, band=shares[REAL], is_shown=True)],
            facts={"facts": len(self.facts)},
        )


def facts_of(file: str) -> list[str]:
    """One fact a line, as Markdown lists have them; headings are none. Raises: ConfigError."""
    try:
        lines = Path(file).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"evaluation.contradiction.facts={file} cannot be read: {error}") from error
    facts = [BULLET.sub("", line).strip() for line in lines if line.strip() and not HEADING.match(line)]
    if not facts:
        raise ConfigError(f"evaluation.contradiction.facts={file} holds no fact: write one a line")
    return facts


def _inference(folder: str) -> Callable[[Sequence[Pair]], list[float]]:
    """Of each pair, how probable it is that the reply contradicts the fact. Raises: ModelError."""
    from transformers import AutoModelForSequenceClassification

    tokenizer, model = model_folder(NLI_MODEL, folder, AutoModelForSequenceClassification)
    labels = {str(label).lower(): place for place, label in model.config.id2label.items()}
    place = next((place for label, place in labels.items() if label.startswith("contra")), None)
    if place is None:
        raise ModelError(f"{NLI_MODEL}={folder} has no label `contradiction`: it has {', '.join(labels)}")

    def contradicts(pairs: Sequence[Pair]) -> list[float]:
        import torch

        found: list[float] = []
        with torch.inference_mode():
            for first in range(0, len(pairs), AT_ONCE):
                facts, texts = zip(*pairs[first : first + AT_ONCE], strict=True)
                inputs = tokenizer(
                    list(facts), list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
                )
                found += model(**inputs).logits.float().softmax(-1)[:, place].tolist()
        return found

    return contradicts

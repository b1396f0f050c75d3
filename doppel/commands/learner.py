"""The model's side of a run: tokenizer, markup, encoder, adapter, and the weights when they are asked for."""

from __future__ import annotations

import logging
from typing import Any

from doppel.config.build import build
from doppel.errors import ModelError
from doppel.markup.encoder import Encoder
from doppel.model.facts import model_facts
from doppel.training import randomness
from doppel.types import LoadedModel

log = logging.getLogger(__name__)


class Learner:
    """Built before any weight is loaded, so that a tokenizer or markup that does not fit costs nothing.

    Raises: ModelError.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.option = build(config["model"])
        self.tokenizer = self.option.tokenizer()
        max_tokens, context = config["batches"]["max_tokens"], self.option.context()
        if context is not None and max_tokens > context:
            raise ModelError(
                f"batches.max_tokens={max_tokens} is more than the {context} tokens that the model can read: "
                f"type batches.max_tokens={context} or less"
            )
        self.architecture = self.option.architecture
        self.encoder = Encoder(
            build(config["markup"], self.tokenizer),
            self.tokenizer,
            architecture=self.architecture,
            max_tokens=max_tokens,
        )
        self.adapter = build(config["adapter"])
        self.weights = build(config["precision"]).weights
        self.seed = config["seed"]
        self.facts: dict[str, Any] = {}

    def load(self) -> LoadedModel:
        """The base model; what it is goes to `facts`. Raises: ModelError."""
        loaded = self.option.load(self.weights)
        self.facts = dict(model_facts(loaded))
        log.info("model: %s", ", ".join(f"{name} {value}" for name, value in self.facts.items()))
        return loaded

    def build_model(self) -> Any:
        """The base with a fresh adapter, the same for the same seed whatever was drawn before. Raises: ModelError."""
        loaded = self.load()
        randomness.seed(self.seed)
        return self.adapter.apply(loaded.model, self.architecture)

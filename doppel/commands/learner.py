"""The model's side of a run: tokenizer, markup, encoder, adapter, and the weights when they are asked for."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from doppel.adapter.continued import require_same_names
from doppel.adapter.merging import merged, require_no_tokens, sha256_of
from doppel.config.build import build
from doppel.errors import ModelError
from doppel.markup.encoder import Encoder
from doppel.model.facts import model_facts
from doppel.model.name_tokens import add_names, make_rows
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
        self.new_tokens = add_names(self.tokenizer, config["name_tokens"] or [])
        self.adapter = build(config["adapter"])
        max_tokens, context = config["batches"]["max_tokens"], self.option.context()
        virtual = getattr(self.adapter, "num_virtual_tokens", 0)
        if context is not None and max_tokens + virtual > context:
            raise ModelError(
                f"batches.max_tokens={max_tokens} is more than the {context} tokens that the model can read"
                f"{f', {virtual} of which are virtual ones' if virtual else ''}: "
                f"type batches.max_tokens={context - virtual} or less"
            )
        self.architecture = self.option.architecture
        self.encoder = Encoder(
            build(config["markup"], self.tokenizer),
            self.tokenizer,
            architecture=self.architecture,
            max_tokens=max_tokens,
        )
        self.merged_adapters, self.continue_from = config["merged_adapters"], config["continue_from"]
        self.precision = build(config["precision"])
        self.seed = config["seed"]
        self.facts: dict[str, Any] = {}

    def load(self) -> LoadedModel:
        """The base model with earlier adapters in it and rows for new tokens; what it is goes to `facts`.

        Raises: ModelError.
        """
        loaded = self.option.load(self.precision.loading())
        self.precision.settle(loaded.model)
        self.facts = dict(model_facts(loaded))
        model = loaded.model
        weights = [sha256_of(folder) for folder in self.merged_adapters]
        self.facts["merged_adapters"] = " ".join(weights)
        for folder in self.merged_adapters:
            require_no_tokens(folder)
            model = merged(model, folder)
        make_rows(model, self.new_tokens)
        log.info("model: %s", ", ".join(f"{name} {value}" for name, value in self.facts.items()))
        return replace(loaded, model=model)

    def build_model(self) -> Any:
        """The base with a fresh adapter, the same for the same seed whatever was drawn before; or with an earlier one.

        Raises: ModelError.
        """
        loaded = self.load()
        randomness.seed(self.seed)
        model = self.adapter.apply(loaded.model, self.architecture, tuple(self.new_tokens))
        if self.continue_from is not None:
            require_same_names(self.continue_from, self.new_tokens, self.tokenizer)
            self.adapter.start_from(model, self.continue_from)
        return model

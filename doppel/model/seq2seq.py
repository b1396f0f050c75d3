"""Encoder-decoder models such as FRED-T5, T5 or BART, by folder or hub id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.model.pretrained import Pretrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Architecture, LoadedModel, PositiveInt


class Seq2Seq:
    """A model from `path`: a folder that transformers can load, or a hub id.

    Raises (every method): ModelError where it cannot be had, is damaged, or is of the other architecture.
    """

    architecture: Architecture = "seq2seq"

    def __init__(
        self, *, path: str, revision: str | None, trust_remote_code: bool, context_tokens: PositiveInt | None
    ) -> None:
        self.pretrained = Pretrained(
            path,
            self.architecture,
            revision=revision,
            trust_remote_code=trust_remote_code,
            context_tokens=context_tokens,
        )

    def context(self) -> int | None:
        """How many tokens the model can read; None where its positions have no end."""
        return self.pretrained.context()

    def tokenizer(self) -> Any:
        """The tokenizer alone, with a pad token."""
        return self.pretrained.tokenizer()

    def load(self, loading: Mapping[str, Any]) -> LoadedModel:
        """The model in evaluation mode, loaded with these arguments of from_pretrained, and its tokenizer."""
        return self.pretrained.load(loading)

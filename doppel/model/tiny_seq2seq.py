"""A random T5 over bytes, for tests and for trying a config out: seconds on any machine, no download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.model.byte_tokenizer import END_ID, PAD_ID, VOCABULARY_TOKENS, byte_tokenizer
from doppel.model.made import pretrained, random_model, require_divisible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.model.pretrained import Pretrained
    from doppel.types import Architecture, LoadedModel, NonNegativeInt, OpenFraction, PositiveInt


class TinySeq2Seq:
    """A T5 v1.1 with weights from `seed`, kept in the user's cache as an ordinary folder."""

    architecture: Architecture = "seq2seq"

    def __init__(
        self,
        *,
        hidden_size: PositiveInt,
        layers: PositiveInt,
        heads: PositiveInt,
        feed_forward_size: PositiveInt,
        dropout: OpenFraction,
        seed: NonNegativeInt,
    ) -> None:
        require_divisible(hidden_size, heads, in_pairs=False)
        self.sizes: dict[str, Any] = {
            "d_model": hidden_size,
            "d_kv": hidden_size // heads,
            "d_ff": feed_forward_size,
            "num_layers": layers,
            "num_heads": heads,
        }
        self.dropout = dropout
        self.seed = seed

    def context(self) -> int | None:
        """None: positions are relative."""
        return None

    def tokenizer(self) -> Any:
        """The byte tokenizer; torch is not imported for it."""
        return byte_tokenizer()

    def load(self, loading: Mapping[str, Any]) -> LoadedModel:
        """The model in evaluation mode, loaded with these arguments of from_pretrained, and its tokenizer."""
        return self._pretrained().load(loading)

    def _pretrained(self) -> Pretrained:
        from transformers import T5Config, T5ForConditionalGeneration

        config = T5Config(
            **self.sizes,
            vocab_size=VOCABULARY_TOKENS,
            dropout_rate=self.dropout,
            feed_forward_proj="gated-gelu",
            pad_token_id=PAD_ID,
            eos_token_id=END_ID,
        )
        config.decoder_start_token_id = PAD_ID
        folder = random_model("tiny_seq2seq", config, T5ForConditionalGeneration, self.seed)
        return pretrained(folder, self.architecture)

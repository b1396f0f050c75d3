"""A random Llama over bytes, for tests and for trying a config out: seconds on any machine, no download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.model.byte_tokenizer import END_ID, PAD_ID, VOCABULARY_TOKENS, byte_tokenizer
from doppel.model.made import pretrained, random_model, require_divisible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.model.pretrained import Pretrained
    from doppel.types import Architecture, LoadedModel, NonNegativeInt, PositiveInt


class TinyCausal:
    """A Llama with weights from `seed`, kept in the user's cache as an ordinary folder."""

    architecture: Architecture = "causal"

    def __init__(
        self,
        *,
        hidden_size: PositiveInt,
        layers: PositiveInt,
        heads: PositiveInt,
        feed_forward_size: PositiveInt,
        context_tokens: PositiveInt,
        seed: NonNegativeInt,
    ) -> None:
        require_divisible(hidden_size, heads, in_pairs=True)  # positions rotate pairs (Su et al. 2021)
        self.sizes: dict[str, Any] = {
            "hidden_size": hidden_size,
            "intermediate_size": feed_forward_size,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": heads,
            "max_position_embeddings": context_tokens,
        }
        self.seed = seed

    def context(self) -> int | None:
        """How many tokens the model can read."""
        return self.sizes["max_position_embeddings"]

    def tokenizer(self) -> Any:
        """The byte tokenizer; torch is not imported for it."""
        return byte_tokenizer()

    def load(self, loading: Mapping[str, Any]) -> LoadedModel:
        """The model in evaluation mode, loaded with these arguments of from_pretrained, and its tokenizer."""
        return self._pretrained().load(loading)

    def _pretrained(self) -> Pretrained:
        from transformers import LlamaConfig, LlamaForCausalLM

        config = LlamaConfig(
            **self.sizes,
            vocab_size=VOCABULARY_TOKENS,
            pad_token_id=PAD_ID,
            bos_token_id=None,
            eos_token_id=END_ID,
        )
        return pretrained(random_model("tiny_causal", config, LlamaForCausalLM, self.seed), self.architecture)

"""Config, tokenizer and weights of a model that transformers can load, from a folder or the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from doppel.errors import ModelError
from doppel.model.architecture import require_architecture, require_language_model
from doppel.model.padding import ensure_pad
from doppel.model.quiet import quiet
from doppel.model.rows import within_rows
from doppel.model.whereabouts import local_first, located
from doppel.types import LoadedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Architecture

LOADERS = {"causal": AutoModelForCausalLM, "seq2seq": AutoModelForSeq2SeqLM}
CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len")  # T5 has none: its positions are relative


class Pretrained:
    """A model by folder or hub id, of one architecture.

    Raises (every method): ModelError where it cannot be had, is damaged, or is of the other architecture.
    """

    def __init__(
        self,
        path: str,
        architecture: Architecture,
        *,
        revision: str | None,
        trust_remote_code: bool,
        context_tokens: int | None,
    ) -> None:
        self.path = located(path)
        self.architecture: Architecture = architecture
        self.options = {"revision": revision, "trust_remote_code": trust_remote_code}
        self.context_tokens = context_tokens

    def config(self) -> Any:
        """The model's config, which is of this architecture."""
        config = local_first(AutoConfig.from_pretrained, self.path, **self.options)
        if not self.options["trust_remote_code"]:
            require_language_model(config, self.path)
        require_architecture(config, self.architecture, self.path)
        return config

    def context(self) -> int | None:
        """How many tokens the model can read; None where its positions have no end."""
        if self.context_tokens is not None:
            return self.context_tokens
        config = self.config()
        return next((getattr(config, key) for key in CONTEXT_KEYS if getattr(config, key, None)), None)

    def tokenizer(self) -> Any:
        """The tokenizer, with a pad token, and without tokens for which the model has no row."""
        with quiet():
            tokenizer = local_first(AutoTokenizer.from_pretrained, self.path, **self.options)
        rows = getattr(self.config().get_text_config(), "vocab_size", None)
        return ensure_pad(within_rows(tokenizer, rows, self.path))

    def load(self, loading: Mapping[str, Any]) -> LoadedModel:
        """The model in evaluation mode, loaded with these arguments of from_pretrained, and its tokenizer."""
        config = self.config()
        tokenizer = self.tokenizer()
        with quiet():
            model, report = local_first(
                LOADERS[self.architecture].from_pretrained,
                self.path,
                config=config,
                output_loading_info=True,
                **loading,
                **self.options,
            )
        require_whole(report, self.path)
        keep_own_head(model)
        if model.generation_config.pad_token_id is None:
            model.generation_config.pad_token_id = tokenizer.pad_token_id
        return LoadedModel(model, tokenizer, self.architecture, self.path)


def require_whole(report: dict[str, Any], path: str) -> None:
    """Nothing, if every weight came from the checkpoint. Raises: ModelError, as the rest would be random."""
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(
            f"{path} lacks {len(missing)} of the model's weights, such as {missing[0]}; they would be random. "
            "Copy or download the model again, or take another one: model.path=..."
        )


def keep_own_head(model: Any) -> None:
    """Sets `tie_word_embeddings` to what the weights say.

    T5Config says True whatever the file says (transformers 5). Loading still keeps a head that differs from the
    embeddings (FRED-T5: 1.740 B parameters, not 1.663 B), but a later `tie_weights` would overwrite it. Not before
    loading: False would also untie the encoder's embeddings from the decoder's.
    """
    head, embeddings = model.get_output_embeddings(), model.get_input_embeddings()
    if head is not None and head.weight is not embeddings.weight:
        model.config.tie_word_embeddings = False

"""Whether a model is what its option says, from its config alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from doppel.errors import ModelError

if TYPE_CHECKING:
    from doppel.types import Architecture

KNOWN = {"causal": MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, "seq2seq": MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES}
WORDS = {"causal": "a decoder-only", "seq2seq": "an encoder-decoder"}


def kind_of(config: Any) -> Architecture:
    """The architecture that a config describes."""
    return "seq2seq" if config.is_encoder_decoder else "causal"


def require_language_model(config: Any, path: str) -> None:
    """Nothing, if transformers itself has a generating model for the config. Raises: ModelError."""
    if config.model_type not in KNOWN[kind_of(config)]:
        raise ModelError(
            f"{path} is a {config.model_type!r} model, which does not generate text in transformers' terms. "
            "Take a language model such as Llama, Mistral, Qwen or T5: model.path=..."
        )


def require_architecture(config: Any, wanted: Architecture, path: str) -> None:
    """Nothing, if the config is of the wanted architecture. Raises: ModelError, before any weight is read."""
    own = kind_of(config)
    if own != wanted:
        raise ModelError(
            f"{path} is {WORDS[own]} model ({config.model_type!r}), where {WORDS[wanted]} one is asked for. "
            f"Type model={own} model.path={path}"
        )

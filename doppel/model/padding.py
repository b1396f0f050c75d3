"""A token to fill batches with."""

from __future__ import annotations

import logging
from typing import Any

from doppel.errors import ModelError

logger = logging.getLogger(__name__)


def ensure_pad(tokenizer: Any) -> Any:
    """The tokenizer with a pad token: its own, else one that is named like one, else unk, else its end token.

    The end token is only safe because nothing here is ever told by `ids == pad`: labels come from what the markup marks
    as learnt, attention from lengths. Raises: ModelError where there is none of these.
    """
    if tokenizer.pad_token_id is not None:
        return tokenizer
    specials = [added.content for added in tokenizer.added_tokens_decoder.values() if added.special]
    named_pad = [text for text in specials if "pad" in text.lower()]
    for choice in (*named_pad, tokenizer.unk_token, tokenizer.eos_token):
        if choice is not None:
            tokenizer.pad_token = choice
            logger.info("the tokenizer has no pad token: %s fills batches", choice)
            return tokenizer
    raise ModelError(
        "the tokenizer has neither a pad, an unk nor an eos token to fill batches with. "
        "Name one in the model's tokenizer_config.json, or take another model.path=..."
    )

"""Tokens that a tokenizer has and a model has no row for: FRED-T5's `<|endoftext|>` is number 50364 of 50364 rows."""

from __future__ import annotations

import json
import logging
from typing import Any

from tokenizers import Tokenizer

from doppel.errors import ModelError

logger = logging.getLogger(__name__)

NAMED = ("bos_token", "eos_token", "unk_token", "pad_token")
SHOWN = 5  # tokens named in a message


def within_rows(tokenizer: Any, rows: int | None, path: str) -> Any:
    """The tokenizer without added tokens beyond the model's rows, whose text is read as ordinary words from now on.

    One such token in a batch ends a run: on a CPU by an error in the lookup, on a GPU by one that names no place.
    Raises: ModelError where tokens of the vocabulary itself are beyond, as the tokenizer is then not this model's.
    """
    if rows is None or len(tokenizer) <= rows:
        return tokenizer
    beyond = sorted(text for text, token in tokenizer.get_vocab().items() if token >= rows)
    added = set(tokenizer.get_added_vocab())
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or not added.issuperset(beyond):
        raise ModelError(
            f"{path}: the tokenizer has {len(beyond)} tokens beyond the {rows} rows of the model's embeddings, such as "
            f"{', '.join(beyond[:SHOWN])}, so it belongs to another model. Take the folder in which both are: "
            "model.path=..."
        )
    for name in NAMED:
        if getattr(tokenizer, name) in beyond:
            setattr(tokenizer, name, None)
    content = json.loads(backend.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < rows]
    tokenizer._tokenizer = Tokenizer.from_str(json.dumps(content))  # transformers has no way to take a token back
    logger.info(
        "%d of the tokenizer's tokens, such as %s, are beyond the %d rows of the model: their text is read as words",
        len(beyond),
        ", ".join(beyond[:SHOWN]),
        rows,
    )
    return tokenizer

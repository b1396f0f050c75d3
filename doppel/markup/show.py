"""Samples as the model sees them, for people to read."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Tokens


def marked_text(tokens: Tokens, tokenizer: Any) -> list[tuple[str, bool]]:
    """Runs of (text, is_learnt) in reading order; an encoder's text comes first, as not learnt.

    Whole runs are decoded, as a character may be spread over several tokens; and each together with what is before it,
    as SentencePiece drops a leading blank.
    """
    runs = [(text_of(tokens.source_ids, tokenizer), False)] if tokens.source_ids else []
    end, before = 0, ""
    for is_learnt, run in groupby(tokens.is_learnt):
        end += len(list(run))
        text = text_of(tokens.ids[:end], tokenizer)
        runs.append((text[len(before) :], is_learnt))
        before = text
    return runs


def text_of(ids: Sequence[int], tokenizer: Any) -> str:
    """The text of ids, special tokens included."""
    return tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)

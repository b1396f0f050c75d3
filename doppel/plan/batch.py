"""Micro-batches of a size, without words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from doppel.types import Architecture


@dataclass(frozen=True, slots=True)
class Size:
    """A micro-batch of one process."""

    rows: int
    tokens: int  # of a row of the text; of an encoder-decoder, of the target
    source_tokens: int  # of an encoder-decoder's source; 0 for a decoder-only model
    learnt: int  # tokens that enter the loss, of all rows
    is_packed: bool = False

    @property
    def positions(self) -> int:
        """Of source and target, with padding."""
        return self.rows * (self.tokens + self.source_tokens)


def made(size: Size, architecture: Architecture, device: str = "meta") -> dict[str, Any]:
    """A micro-batch of this size: every token the same, the last of the first row is padding."""
    shape = size.rows, size.tokens
    labels = torch.ones(shape, dtype=torch.int64, device=device)
    batch: dict[str, Any] = {"labels": labels, "step_learnt_tokens": size.learnt}
    if architecture == "seq2seq":
        source = torch.ones((size.rows, size.source_tokens), dtype=torch.int64, device=device)
        return {**batch, "input_ids": source, "attention_mask": _padded(source)}
    batch["input_ids"] = torch.ones_like(labels)
    if size.is_packed:
        return {**batch, "position_ids": torch.arange(size.tokens, device=device).repeat(size.rows, 1)}
    return {**batch, "attention_mask": _padded(labels)}


def _padded(tokens: Tensor) -> Tensor:
    # Without padding transformers leaves masks out, and attention takes another way.
    mask = torch.ones_like(tokens)
    mask[0, -1] = 0
    return mask

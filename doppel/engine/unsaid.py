"""What a reply shall not say, by its text: words that are banned or discouraged, and an end that comes too soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.engine.ending import Ending
    from doppel.engine.spelling import Spelling


class Unsaid(LogitsProcessor):
    """Takes `weight` nats off every token that would complete one of the texts, in whatever tokens it is spelt.

    Infinity bans them. After the "User Simulation Neural Network" (2025), which keeps uninformative tokens down so; by
    token there, which misses other spellings.
    """

    def __init__(self, spelling: Spelling, texts: Sequence[str], weight: float) -> None:
        self.spelling = spelling
        self.weight = weight
        self.texts = tuple(texts)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores, (B, V), given the reply so far, (B, T)."""
        scores = scores.clone()
        for row, ids in enumerate(input_ids.tolist()):
            said = self.spelling.said(ids)
            ruled_out = [found for text in self.texts for found in self.spelling.completing(text, said)]
            scores[row, torch.cat(ruled_out).unique()] -= self.weight
        return scores


def in_all_cases(texts: Sequence[str]) -> list[str]:
    """The texts as they are, in small letters, with a capital and in capitals."""
    return list(dict.fromkeys(case for text in texts for case in (text, text.lower(), text.capitalize(), text.upper())))


class TooShort(LogitsProcessor):
    """Bans every end, be it a token or a text, while the reply has fewer than `least` tokens."""

    def __init__(self, ending: Ending, least: int) -> None:
        self.ids = torch.tensor(ending.ids, dtype=torch.long)
        self.texts = Unsaid(ending.spelling, ending.spelt, torch.inf) if ending.spelt else None
        self.least = least

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores, (B, V), given the reply so far, (B, T)."""
        if input_ids.shape[1] >= self.least:
            return scores
        scores = scores.clone() if self.texts is None else self.texts(input_ids, scores)
        scores[:, self.ids] = -torch.inf
        return scores

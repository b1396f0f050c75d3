"""The next token: transformers' own processors in a fixed order, drawn with our own generators.

Our own draw instead of generate's: the global random state is neither read nor moved, so talking in the middle of a
training run or from a thread changes nothing, and a row's reply does not depend on the rows beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.generation.sampling import Sampling


class RefuseNaN(LogitsProcessor):
    """The scores as they are. Raises: ModelError where a score is not a number."""

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 (the signature is transformers')
        """The scores, (B, V)."""
        if torch.isnan(scores).any():
            raise ModelError(
                "the model's scores are not numbers (NaN): its weights have diverged. "
                "Train again with a lower optimizer.lr=... or precision=fp32, or talk to an earlier checkpoint"
            )
        return scores


class Draw(LogitsProcessor):
    """Scores in which one token per row, drawn by that row's generator, is left."""

    def __init__(self, seeds: Sequence[int]) -> None:
        # On the CPU whatever the model's device: a seed means the same draw everywhere.
        self.generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 (the signature is transformers')
        """Zero at the token drawn, minus infinity elsewhere, (B, V)."""
        odds = scores.float().softmax(dim=-1).cpu()  # (B, V)
        picks = [torch.multinomial(row, 1, generator=own) for row, own in zip(odds, self.generators, strict=True)]
        chosen = torch.stack(picks).to(scores.device)  # (B, 1)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


def choosers(sampling: Sampling, seeds: Sequence[int], start: int) -> LogitsProcessorList:
    """The processors of a reply, for one seed per row; `start`: tokens before the reply."""
    chosen = LogitsProcessorList([RefuseNaN()])
    if sampling.repetition_penalty != 1:
        # Over the reply alone: the prompt is full of end markers, and penalising those makes replies that never end.
        chosen.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty, prompt_ignore_length=start))
    if sampling.do_sample:
        chosen.append(TemperatureLogitsWarper(float(sampling.temperature)))
        if sampling.top_k:
            chosen.append(TopKLogitsWarper(sampling.top_k))
        if sampling.top_p < 1:
            chosen.append(TopPLogitsWarper(float(sampling.top_p)))
        chosen.append(Draw(seeds))
    return chosen

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
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
)

from doppel.engine.unsaid import TooShort, Unsaid, in_all_cases
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.engine.ending import Ending
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


class OfReply(LogitsProcessor):
    """A processor that is shown the tokens of the reply alone: the prompt holds words of both sides, and markers."""

    def __init__(self, processor: LogitsProcessor, start: int) -> None:
        self.processor = processor
        self.start = start

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores, (B, V)."""
        return self.processor(input_ids[:, self.start :], scores)


class Likeliest(LogitsProcessor):
    """Leaves the smallest set of tokens with this probability, at least one: nucleus sampling (Holtzman et al., 2020).

    As transformers' TopPLogitsWarper, which sorts all of the vocabulary: 6 ms a token on a CPU, more than llama.cpp
    takes for all of a small model. The first `MOST` are nearly always enough.
    """

    MOST = 512  # tokens

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 (the signature is transformers')
        """The scores, minus infinity where left out, (B, V)."""
        odds = scores.float().softmax(dim=-1)
        for most in (min(self.MOST, odds.shape[-1]), odds.shape[-1]):
            top, ids = odds.topk(most, dim=-1)  # (B, most), falling
            before = top.cumsum(dim=-1) - top
            if (before[:, -1] + top[:, -1] >= self.probability).all():
                break
        is_kept = before < self.probability
        is_kept[:, 0] = True
        kept = torch.where(is_kept, scores.gather(1, ids), -torch.inf)
        return torch.full_like(scores, -torch.inf).scatter(1, ids, kept)


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


def choosers(sampling: Sampling, seeds: Sequence[int], start: int, ending: Ending) -> LogitsProcessorList:
    """The processors of a reply, for one seed per row; `start`: tokens before the reply."""
    chosen = LogitsProcessorList([RefuseNaN()])
    # All over the reply alone: the prompt is full of end markers, and penalising those makes replies that never end.
    chosen.extend(OfReply(processor, start) for processor in restraints(sampling, ending))
    if sampling.do_sample:
        chosen.append(TemperatureLogitsWarper(float(sampling.temperature)))
        if sampling.top_k:
            chosen.append(TopKLogitsWarper(sampling.top_k))
        if sampling.top_p < 1:
            chosen.append(Likeliest(float(sampling.top_p)))
        chosen.append(Draw(seeds))
    return chosen


def restraints(sampling: Sampling, ending: Ending) -> list[LogitsProcessor]:
    """What is made less likely or impossible, whatever is drawn."""
    found: list[LogitsProcessor] = []
    if sampling.repetition_penalty != 1:
        found.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty))
    if sampling.unrepeated_tokens:
        found.append(NoRepeatNGramLogitsProcessor(sampling.unrepeated_tokens))
    if sampling.discouraged and sampling.discouragement:
        found.append(Unsaid(ending.spelling, in_all_cases(sampling.discouraged), sampling.discouragement))
    if sampling.banned:
        found.append(Unsaid(ending.spelling, in_all_cases(sampling.banned), torch.inf))
    if sampling.min_new_tokens:
        found.append(TooShort(ending, sampling.min_new_tokens))
    return found

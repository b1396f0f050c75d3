"""What in the numbers of a preparation will spoil the learning, and what to type instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.report.counted import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from doppel.types import Count

# The standard error of a mean of n values is their spread by the root of n: of 50 it is a seventh, of 5 nearly a half.
ENOUGH_VALIDATION = 50  # samples
MUCH_LEFT_OUT = 0.1  # of all samples, by the split
# Tokens a character. English in a tokenizer made for it: 0.25, Russian likewise; measured with SmolLM2's, made for
# English: German 0.39, Russian 0.71, Hebrew 1.1, Japanese 1.7, Chinese and Korean 2.2.
POOR, POOR_SYLLABLES = 0.55, 1.3  # of letters; of Chinese, Japanese and Korean, where a character says more
SYLLABLES = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
CYRILLIC = re.compile("[\u0400-\u04ff]")
RUSSIAN = (
    "model=causal model.path=ai-forever/rugpt3small_based_on_gpt2, or model=seq2seq model.path=ai-forever/FRED-T5-large"
)
OTHERS = "a multilingual one with model=causal model.path=Qwen/Qwen2.5-0.5B-Instruct"


def few_validation(sizes: Mapping[str, int]) -> str | None:
    """What to do about a validation part that is too small to tell anything, None where it is not."""
    number = sizes["validation"]
    if not 0 < number < ENOUGH_VALIDATION:
        return None
    return (
        f"{counted(number, 'sample')} for validation: too few to tell learning from chance, {ENOUGH_VALIDATION} or "
        "more are needed. Type a larger split.validation_fraction, or take more chats or a longer export."
    )


def much_left_out(counts: Sequence[Count]) -> str | None:
    """What to do where the split leaves out many samples, None where it does not."""
    of_split = [count for count in counts if count.stage == "split" and count.unit == "samples"]
    dropped, kept = (sum(getattr(count, name) for count in of_split) for name in ("dropped", "kept"))
    if dropped <= MUCH_LEFT_OUT * (dropped + kept):
        return None
    return (
        f"the split leaves out {dropped:,} of {counted(dropped + kept, 'sample')}, so that no word that is held out is "
        "learnt. Where these chats say much in the same words, split.purge_shared_words=16 takes only longer runs of "
        "words for copies; split=none holds out nothing."
    )


def poor_tokens(model: str, text: str, tokens: int) -> str | None:
    """What to do about a tokenizer that cuts this text into so many tokens, None where they are few enough."""
    share = tokens / max(len(text), 1)
    is_of_syllables = 2 * len(SYLLABLES.findall(text)) > len(text)
    if share <= (POOR_SYLLABLES if is_of_syllables else POOR):
        return None
    is_cyrillic = 2 * len(CYRILLIC.findall(text)) > sum(map(str.isalpha, text))
    return (
        f"{model} cuts these chats into {share:.1f} tokens a character, as if it hardly knew their language: it reads "
        f"less of a conversation and learns it slowly. For it type {RUSSIAN if is_cyrillic else OTHERS}."
    )

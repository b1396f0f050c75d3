"""Warnings where learning would go wrong, and none where it would not."""

import pytest

from doppel.report.advice import ENOUGH_VALIDATION, few_validation, much_left_out, poor_tokens
from doppel.types import Count

RUSSIAN = "\u043f\u0440\u0438\u0432\u0435\u0442 "
CHINESE = "\u4eca\u5929\u665a\u4e0a"


@pytest.mark.parametrize("number", [0, ENOUGH_VALIDATION])
def test_none_and_enough_samples_for_validation_are_no_fault(number: int) -> None:
    assert few_validation({"train": 9, "validation": number, "test": 0}) is None


def test_few_samples_for_validation() -> None:
    told = few_validation({"train": 9, "validation": 1, "test": 0})
    assert told == (
        "1 sample for validation: too few to tell learning from chance, 50 or more are needed. "
        "Type a larger split.validation_fraction, or take more chats or a longer export."
    )


def of_split(*, kept: int, dropped: int) -> list[Count]:
    return [Count("sessions", 1, 99, "messages", "x"), Count("split", kept, dropped, "samples", "copies")]


def test_a_split_that_leaves_out_much() -> None:
    assert much_left_out(of_split(kept=90, dropped=10)) is None
    assert much_left_out([]) is None
    told = much_left_out(of_split(kept=89, dropped=11))
    assert told is not None
    assert told.startswith("the split leaves out 11 of 100 samples, so that no word that is held out is learnt.")
    assert "split.purge_shared_words=16" in told


@pytest.mark.parametrize(
    ("text", "tokens"), [("hello there", 3), (RUSSIAN * 10, 38), (CHINESE * 10, 52), ("", 0)], ids=str
)
def test_a_tokenizer_that_suits(text: str, tokens: int) -> None:
    assert poor_tokens("M", text, tokens) is None


@pytest.mark.parametrize(
    ("text", "tokens", "share", "model"),
    [
        (RUSSIAN * 10, 49, "0.7", "model=causal model.path=ai-forever/rugpt3small_based_on_gpt2"),
        (CHINESE * 10, 80, "2.0", "model=causal model.path=Qwen/Qwen2.5-0.5B-Instruct"),
        ("hello there", 11, "1.0", "model=causal model.path=Qwen/Qwen2.5-0.5B-Instruct"),
    ],
    ids=str,
)
def test_a_tokenizer_made_for_other_languages(text: str, tokens: int, share: str, model: str) -> None:
    told = poor_tokens("SmolLM2", text, tokens)
    assert told is not None
    assert told.startswith(f"SmolLM2 cuts these chats into {share} tokens a character, as if it hardly knew")
    assert model in told

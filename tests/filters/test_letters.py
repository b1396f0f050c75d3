"""The share of letters, in any script."""

import pytest

from doppel.filters.letters import Letters
from tests.filters.asking import said


def letters(*, keep_emoji: bool, count_spaces: bool = False) -> Letters:
    return Letters(min_fraction=0.5, count_spaces=count_spaces, keep_emoji=keep_emoji)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("hello", True),
        ("ab12", True),  # exactly half
        ("a12", False),
        ("a 1 b 2", True),  # spaces do not count
        ("да, 100%", False),
        ("в 18:30 у метро", True),
        ("+", False),
        ("4276 1234", False),
        ("हिन्दी में", True),  # vowel signs are marks
        ("สวัสดี", True),
        ("مَرْحَبًا", True),
        ("你好!", True),
        ("", True),
        (" \n", True),
    ],
)
def test_at_least_half_of_it_letters(text: str, is_kept: bool) -> None:
    message = said(text)
    for keep_emoji in (True, False):
        assert letters(keep_emoji=keep_emoji)(message) is (message if is_kept else None)


@pytest.mark.parametrize(
    "text",
    ["\U0001f44d", "\u2764\ufe0f", "\U0001f44d\U0001f3fd \U0001f602\U0001f602",
     "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1f7\U0001f1fa", ")))", ":)", "\U0001f602))"],
)  # fmt: skip
def test_emoji_and_smiles_stay_where_told(text: str) -> None:
    message = said(text)
    assert letters(keep_emoji=True)(message) is message
    assert letters(keep_emoji=False)(message) is None


def test_emoji_with_digits_are_no_emoji() -> None:
    assert letters(keep_emoji=True)(said("\U0001f44d 100")) is None


@pytest.mark.parametrize(
    ("text", "is_kept"), [("a 1 b 2", False), ("ab 1", True), ("да - я", True), ("в 5 , да", False), ("हिन्दी में", True)]
)
def test_where_spaces_count_they_are_no_letters(text: str, is_kept: bool) -> None:
    message = said(text)
    assert letters(keep_emoji=False, count_spaces=True)(message) is (message if is_kept else None)


def test_emoji_and_smiles_stay_where_spaces_count_too() -> None:
    message = said("\U0001f602 :)   ))")
    assert letters(keep_emoji=True, count_spaces=True)(message) is message

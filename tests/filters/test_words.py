"""Blocked words."""

import pytest

from doppel.filters.words import Words
from tests.filters.asking import rule, said


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("the party", True),
        ("modern Art!", False),
        ("art", False),
        ("Project X is late", False),
        ("projectx", True),
        ("пароли", False),
        ("ПАРОЛЬ", False),
        ("c++ rocks", False),
        ("c+", True),
        ("", True),
    ],
)
def test_whole_words_and_parts(text: str, is_kept: bool) -> None:
    message = said(text)
    blocked = Words(words=["art", "project x", "C++", " "], parts=["Парол", ""])
    assert blocked(message) is (message if is_kept else None)


def test_nothing_blocked_is_nothing_asked_and_no_word_is_told() -> None:
    assert rule("words").is_idle
    blocked = rule("words", "words=[secret]")
    assert not blocked.is_idle
    assert "secret" not in blocked.why

"""Too short, too long, and neither."""

import pytest

from doppel.errors import ConfigError
from doppel.filters.length import Length
from tests.filters.asking import rule, said


@pytest.mark.parametrize(
    ("limits", "text", "is_kept"),
    [
        ((1, 2), "hi", True),
        ((1, 1), "hi", False),
        ((2, 9), "+", False),
        ((1, 9), "+", True),
        ((2, 9), " + \n", False),
        ((1, 2), " hi \n", True),
        ((3, 9), "", True),  # without words: not this rule's matter
        ((3, 9), "  ", True),
        ((1, None), "x" * 5000, True),
        ((1, 3), "\U0001f468\u200d\U0001f469\u200d\U0001f467", False),  # a family of 5 characters
    ],
)
def test_limits(limits: tuple[int, int | None], text: str, is_kept: bool) -> None:
    message = said(text)
    assert Length(min_chars=limits[0], max_chars=limits[1])(message) is (message if is_kept else None)


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ([], "longer than 2,000 characters (filters.length)"),
        (["min_chars=2"], "shorter than 2 or longer than 2,000 characters (filters.length)"),
        (["max_chars=null"], ""),
    ],
)
def test_why(overrides: list[str], why: str) -> None:
    assert rule("length", *overrides).why == why


def test_no_length_left() -> None:
    with pytest.raises(ConfigError, match="its longest, 10 characters, is shorter than its shortest, 100"):
        Length(min_chars=100, max_chars=10)

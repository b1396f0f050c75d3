"""Numbers and what they count agree."""

import pytest

from doppel.report.counted import agreed, counted


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [(1, "message", "1 message"), (2000, "message", "2,000 messages"), (2, "e-mail address", "2 e-mail addresses")],
)
def test_a_number_with_its_noun(number: int, noun: str, told: str) -> None:
    assert counted(number, noun) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source: 1 messages are from the future.", "source: 1 message is from the future."),
        ("1 people share a name, 1 replies are lost", "1 person shares a name, 1 reply is lost"),
        ("1 chats have 21 messages and 1,001 samples, 0.1 rows", "1 chat has 21 messages and 1,001 samples, 0.1 rows"),
        ("2 messages are left; 11 chats", "2 messages are left; 11 chats"),
        ("1 is enough", "1 is enough"),
    ],
)
def test_what_stages_write_of_one(text: str, told: str) -> None:
    assert agreed(text) == told

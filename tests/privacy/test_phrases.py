"""Recovery phrases, and sentences that are as long."""

import pytest

from doppel.privacy.phrases import find_phrases
from tests.privacy.finding import pieces

WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (WORDS, [WORDS]),
        (f"вот фраза: {WORDS}\nхрани", [WORDS]),
        (f"{WORDS} {WORDS}", [f"{WORDS} {WORDS}"]),
        (WORDS.replace(" ", "\n"), [WORDS.replace(" ", "\n")]),
        (WORDS.removesuffix(" accident"), []),
        (WORDS.replace("above", "have"), []),
        (WORDS.title(), []),
        ("i think that we should really go there before the shops close for the night", []),
        ("", []),
    ],
)
def test_phrases(text: str, found: list[str]):
    assert pieces(text, find_phrases(text)) == found

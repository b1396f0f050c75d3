"""Recovery phrases, and sentences that are as long."""

import pytest

from doppel.privacy.phrases import find_phrases
from tests.privacy.finding import pieces

WORDS = "abandon ability able about above absent absorb abstract absurd abuse access accident"
EMPTY = "abandon " * 11 + "about"  # the wallet of examples
NUMBERED = " ".join(f"{number}. {word}" for number, word in enumerate(WORDS.split(), 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (WORDS, [WORDS]),
        (WORDS.title(), [WORDS.title()]),
        (f"вот фраза: {WORDS}\nхрани", [WORDS]),
        (f"{WORDS} {WORDS}", [f"{WORDS} {WORDS}"]),
        (WORDS.replace(" ", "\n"), [WORDS.replace(" ", "\n")]),
        (WORDS.replace(" ", ", "), [WORDS.replace(" ", ", ")]),
        (NUMBERED, [NUMBERED.removeprefix("1. ")]),
        (WORDS.removesuffix(" accident"), []),
        (WORDS.replace("above", "with"), []),
        ("i think that we should really go there before the shops close for the night", []),
        ("mañana vamos todos juntos porque quiero comer algo muy rico con tus amigos del barrio nuevo", []),
        ("really " * 30, []),
        (f"seed phrase: {EMPTY}", [f"seed phrase: {EMPTY}"]),
        (f"моя сид-фраза\n{EMPTY}", [EMPTY]),
        (EMPTY, []),
        ("the seed of it all is that we should really go there before the shops close for the night", []),
        ("", []),
    ],
)
def test_phrases(text: str, found: list[str]):
    assert pieces(text, find_phrases(text)) == found

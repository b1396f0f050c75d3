"""What is recalled is not said again at length."""

import torch

from doppel.engine.copying import NoCopies, Vocabulary, following
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import Briefing

TOKENIZER = byte_tokenizer()
RECALLED = Briefing(recalled=("said before: the ship went down", "It WENT up, up"), max_copied_words=2)


def test_words_in_a_row_and_what_follows_them() -> None:
    found = following(RECALLED)
    assert found["the", "ship"] == {"went"}
    assert found["ship", "went"] == {"down"}
    assert found["it", "went"] == {"up"}
    assert following(Briefing(recalled=("a b c d",), max_copied_words=None)) == following(None) == {}
    assert following(Briefing(recalled=("a b",), max_copied_words=2)) == {}


def banned(said: str, briefing: Briefing | None = RECALLED) -> str:
    """The letters that cannot follow, of a byte tokenizer."""
    ids = torch.tensor([[7, 7, *TOKENIZER(said, add_special_tokens=False)["input_ids"]]])
    guard = NoCopies([briefing], TOKENIZER.decode, Vocabulary(TOKENIZER), start=2)
    scores = guard(ids, torch.zeros(1, len(TOKENIZER)))
    return TOKENIZER.decode(torch.nonzero(scores[0] == -torch.inf).flatten().tolist())


def test_the_next_word_cannot_begin() -> None:
    assert banned("The ship, ") == "Ww"
    assert banned("the ship\nwent") == "Dd"  # over the end of a message
    assert banned("a ship went ") == "Dd"
    assert banned("went up, ") == "Uu"


def test_fewer_words_in_a_row_and_other_rows_are_free() -> None:
    assert banned("ship ") == banned("the boat ") == banned("") == ""
    assert banned("the ship ", None) == ""
    assert banned("the ship ", Briefing(recalled=RECALLED.recalled)) == ""

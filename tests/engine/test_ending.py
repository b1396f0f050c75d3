"""Ends by token and by text, whole characters, and what must wait."""

import pytest

from doppel.engine.ending import Ending, Spoken, begun
from tests.engine.engine_fakes import make_tokenizer


@pytest.fixture
def tokenizer():
    return make_tokenizer()


def ids_of(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False)


def test_a_marker_that_is_one_token_ends_by_its_id(tokenizer):
    ending = Ending(tokenizer, ("<|im_end|>",))
    assert ending.ids == (3, 1, 0)  # the marker, then the tokenizer's own end and pad
    assert ending.read([*ids_of(tokenizer, "hi"), 3, *ids_of(tokenizer, "and on")]) == Spoken("hi", is_ended=True)


def test_the_tokenizers_own_end_is_an_end(tokenizer):
    ending = Ending(tokenizer, ("\n\n",))
    assert ending.ids == (1, 0)
    assert ending.read([*ids_of(tokenizer, "hi"), 1, 0, 0]) == Spoken("hi", is_ended=True)


def test_an_unknown_token_is_no_end_even_where_it_pads():
    tokenizer = make_tokenizer(unk_token="<pad>")
    ending = Ending(tokenizer, ())
    assert ending.ids == (1,)
    assert ending.read([0, *ids_of(tokenizer, "hi"), 0]) == Spoken("hi", is_ended=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\n## Bob\n", Spoken("one", is_ended=True)),
        ("one\n##", Spoken("one\n##", is_ended=False)),
        ("one\n\ntwo\n## ", Spoken("one", is_ended=True)),  # the first of the ends
        ("", Spoken("", is_ended=False)),
    ],
)
def test_a_marker_that_is_text_ends_by_the_text(tokenizer, text, said):
    assert Ending(tokenizer, ("\n## ", "\n\n")).read(ids_of(tokenizer, text)) == said


def test_other_special_tokens_stay_for_the_markup_to_read(tokenizer):
    ids = ids_of(tokenizer, "one<|im_start|>two")
    assert Ending(tokenizer, ("<|im_end|>",)).read(ids) == Spoken("one<|im_start|>two", is_ended=False)


def test_bytes_that_are_no_character_are_left_out(tokenizer):
    crab = ids_of(tokenizer, "\U0001f980")
    read = Ending(tokenizer, ("<|im_end|>",)).read
    assert [read(crab[:size]).text for size in range(5)] == ["", "", "", "", "\U0001f980"]
    assert read([*crab[:2], *ids_of(tokenizer, "hi")]).text == "hi"


def test_what_may_be_the_start_of_an_end_waits(tokenizer):
    ending = Ending(tokenizer, ("\n## ", "<|im_end|>"))
    assert ending.sure(Spoken("one\n#", is_ended=False)) == "one"
    assert ending.sure(Spoken("i <3 you <", is_ended=False)) == "i <3 you "
    assert ending.sure(Spoken("one\n#", is_ended=True)) == "one\n#"


@pytest.mark.parametrize(
    ("text", "marker", "size"), [("ab", "bc", 1), ("abc", "abc", 0), ("xab", "abc", 2), ("", "a", 0), ("aa", "aab", 2)]
)
def test_begun(text, marker, size):
    assert begun(text, marker) == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bob: no", ""),
        ("hi\nBob: no", "hi"),
        ("hi Bob: no", "hi Bob: no"),
        ("hi\nBobby", "hi\nBobby"),
        ("\n\nBob:", "\n"),
    ],
)
def test_nobody_else_speaks_at_the_beginning_of_a_line(tokenizer, text, said):
    assert Ending(tokenizer, ("\nBob:",)).read(ids_of(tokenizer, text)).text == said

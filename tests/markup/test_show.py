from doppel.markup.show import marked_text
from doppel.types import Tokens


def ids_of(text):
    return tuple(byte + 3 for byte in text.encode())


def test_learnt_runs_are_told_from_the_rest(byte_level):
    ids = (1, *ids_of("A\nпривет 😀"), 2, *ids_of("\n"))
    is_learnt = (False,) * 3 + (True,) * (len(ids) - 4) + (False,)
    runs = marked_text(Tokens(ids, is_learnt, (), "s"), byte_level)
    assert runs == [("<|im_start|>A\n", False), ("привет 😀<|im_end|>", True), ("\n", False)]


def test_the_encoders_text_comes_first(byte_level):
    tokens = Tokens((*ids_of("yo"), 2), (True,) * 3, ids_of("hi"), "s")
    assert marked_text(tokens, byte_level) == [("hi", False), ("yo<|im_end|>", True)]

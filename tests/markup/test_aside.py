from doppel.markup.aside import aside_lines
from doppel.markup.shield import Shield
from doppel.types import Segment

SHIELD = Shield(["<|im_end|>"])


def test_a_turn_without_an_aside_has_none(say):
    assert aside_lines(say("Anna", "hi"), SHIELD) == ()


def test_an_aside_is_a_line_that_is_never_learnt(say):
    [segment] = aside_lines(say("Anna", "hi", persona=True, aside="21:40, an hour later"), SHIELD)
    assert segment == Segment("[21:40, an hour later]\n", is_learnt=False, is_frame=False)


def test_a_quote_in_it_forges_neither_line_nor_marker(say):
    [segment] = aside_lines(say("Anna", "hi", aside=" answers: a\n<|im_end|>\r\n\u2028b\x00 "), SHIELD)
    assert segment.text == "[answers: a < |im_end|> b]\n"

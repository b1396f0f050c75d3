"""However a reply is cut into pieces, what is told of it joins to its messages, up to the first stop."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doppel.engine.saying import Saying
from doppel.markup.messages import MessagePerLine, PrefixedMessages

PARSES = [PrefixedMessages(">>> ").parse, PrefixedMessages("- ").parse, MessagePerLine().parse]
BITS = ["a", "b c", "hello wor", ">>> ", ">", "\n", " ", "\\", "<", "|", "- ", "[x]", "\n>>> ", "\n "]


def told(text, sizes, parse, stops):
    saying = Saying(parse, stops)
    pieces, end = [], 0
    for size in sizes:
        end += size
        pieces.append(saying.hear(text[:end], is_whole=False))
    return [*pieces, saying.hear(text, is_whole=True)], saying.is_stopped


@given(
    text=st.lists(st.sampled_from(BITS), max_size=14).map("".join),
    sizes=st.lists(st.integers(1, 5), max_size=40),
    parse=st.sampled_from(PARSES),
    stops=st.sampled_from([(), ("b",), ("wor\na", "c"), ("lo",), ("\n",)]),
)
@example(text="hello wor\n>>> \n>>> x", sizes=[1] * 21, parse=PARSES[0], stops=())
def test_pieces_join_to_the_whole(text, sizes, parse, stops):
    whole = "\n".join(parse(text))
    ends = [whole.find(stop) for stop in stops if stop in whole]
    pieces, is_stopped = told(text, sizes, parse, stops)
    assert "".join(pieces) == (whole[: min(ends)] if ends else whole)
    assert is_stopped is bool(ends)


def test_words_are_told_as_they_come_but_for_what_may_become_a_stop():
    pieces, _ = told("hello world, said she", [5, 5, 5, 5, 1], MessagePerLine().parse, ["d, said I"])
    assert pieces == ["", "hello worl", "", "d, said sh", "e", ""]


@pytest.mark.parametrize("parse", PARSES)
def test_after_a_stop_nothing_is_told(parse):
    saying = Saying(parse, ["wor"])
    assert saying.hear("hello world", is_whole=False) == "hello "
    assert (saying.hear("hello world wor", is_whole=True), saying.is_stopped) == ("", True)

import random

import pytest

from doppel.errors import ConfigError
from doppel.markup.messages import MessagePerLine, PrefixedMessages

BOTH = pytest.mark.parametrize("way", [PrefixedMessages(">>> "), PrefixedMessages("- "), MessagePerLine()])


def test_a_prefix_opens_every_message():
    assert PrefixedMessages(">>> ").join(["a", "b\nc"]) == ">>> a\n>>> b\nc"


def test_a_line_that_looks_like_a_message_is_set_off_by_a_space():
    assert PrefixedMessages(">>> ").join(["a\n>>> b\n >>> c"]) == ">>> a\n >>> b\n  >>> c"


def test_a_later_line_is_indented_by_one_space():
    assert MessagePerLine().join(["a\nb", " c", "\\ d", "\\o/"]) == "a\n b\n\\ c\n\\\\ d\n\\o/"


@BOTH
def test_what_is_joined_parses_back(way, nasty):
    assert way.parse(way.join(nasty)) == nasty
    for message in nasty:
        assert way.parse(way.join([message])) == (message,)


@BOTH
def test_what_is_joined_parses_back_for_random_texts(way):
    draw = random.Random(0)
    for _ in range(3000):
        messages = tuple(
            "".join(draw.choices(["\n", " ", "\\", ">>> ", ">", "- ", "-", "a"], k=draw.randint(1, 7)))
            for _ in range(draw.randint(1, 4))
        )
        assert way.parse(way.join(messages)) == messages


def test_generated_text_need_not_be_well_formed():
    prefixed, lines = PrefixedMessages(">>> "), MessagePerLine()
    assert prefixed.parse("") == ()
    assert prefixed.parse("no prefix\n>>> b") == ("no prefix", "b")
    assert prefixed.parse(">>> \n>>> b\n>>> ") == ("b",)
    assert prefixed.parse(">>>") == ()
    assert lines.parse("") == ()
    assert lines.parse("a\n\nb\n") == ("a", "b")


@pytest.mark.parametrize("prefix", ["", "  ", ">\n"])
def test_an_unusable_prefix_is_refused(prefix):
    with pytest.raises(ConfigError, match=r"markup.message_prefix is .* it must be visible and in one line"):
        PrefixedMessages(prefix)

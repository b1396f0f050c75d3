"""What is shown, and back."""

from typing import Any

import pytest

from doppel.errors import DataError
from doppel.web.bubbles import base_bubbles, bubbles, place, shown, thumbs, typed
from doppel.web.part import Part, Reply
from tests.web.fakes import NOW

ASKED: Any = None
PARTS = [
    Part("b", NOW, ["hi", "you"]),
    Reply("a", NOW, ["yo", "x"], ASKED, None, ("yo",), rating=1),
    Part("b", NOW, ["and?"]),
    Reply("a", NOW, [], ASKED, ["base"]),
]


@pytest.mark.parametrize(
    "text",
    ["plain", "<b>x</b>", "a < b && c", "<3", "&lt;", "<img src=http://x/y.png>", "</script>", "<!--", "a&#60;", ""],
)
def test_words_show_as_they_are_and_come_back(text: str) -> None:
    assert typed(shown(text)) == text
    for sign in ("<b", "<i", "</", "<!", "&l", "&#"):
        assert sign not in shown(text)


def test_bubbles_are_a_message_each() -> None:
    assert [(one["role"], one["content"]) for one in bubbles(PARTS)] == [
        ("user", "hi"),
        ("user", "you"),
        ("assistant", "yo"),
        ("assistant", "x"),
        ("user", "and?"),
    ]
    assert [one["content"] for one in base_bubbles(PARTS)] == ["hi", "you", "and?", "base"]
    assert thumbs(PARTS) == ["Like", "Like"]


def test_a_place_is_a_message_of_a_part() -> None:
    assert [place(PARTS, at) for at in (0, 3, 4)] == [(PARTS[0], 0), (PARTS[1], 1), (PARTS[2], 0)]
    for index in (5, -1, "0", None, (0, 1)):
        with pytest.raises(DataError, match="no such message any more"):
            place(PARTS, index)

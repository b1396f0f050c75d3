import pytest

from doppel.markup.framed import Asked, Framed, Side, side
from doppel.markup.shield import Shield
from doppel.types import Segment


@pytest.fixture
def framed(byte_level):
    return Framed(byte_level, "so: ", side("Q: ", " /\n"), side("A:", "<end>\n"), Shield(["<end>"]), ("<end>",))


def test_blanks_go_with_the_words():
    assert side("[INST] ", " [/INST]") == Side("[INST]", " ", " ", "[/INST]")
    assert side("Q: ", "\n\n### End\n").end == "### End"
    assert side("Q: ", "\n\n").end == ""


def test_a_turn_stands_in_the_frame_of_its_side(framed, say):
    assert framed.opening(()) == (Segment("so: ", False, True),)
    assert framed.header(say("Bob", "hi")) == (Segment("Q:", False, True), Segment(" Bob: ", False, False))
    assert framed.body(say("", "hi")) == (
        Segment(" hi ", False, False),
        Segment("/", False, True),
        Segment("\n", False, True),
    )
    assert framed.body(say("Ann", "a", "<end>", persona=True)) == (
        Segment("a\n< end>", True, False),
        Segment("<end>", True, True),
        Segment("\n", False, True),
    )
    assert framed.parse("a\n< end><end>\nQ:") == ("a", "<end>")


def test_a_reply_may_be_asked_for_apart(framed, say):
    asked = Asked(framed, persona="A?_", other="_", start="_")
    assert asked.ask(say("Ann", persona=True)) == (Segment("A?_", False, True),)
    assert [segment.text for segment in asked.ask(say("Ann", persona=True, aside="21:40"))] == ["[21:40]\n", "A?_"]
    assert [segment.text for segment in asked.ask(say("Bob"))] == ["Q:", " Bob: ", "_"]
    assert [segment.text for segment in asked.ask(say(""))] == ["Q:", " _"]
    assert asked.answer(say("Ann", "yo", persona=True)) == (Segment("_", True, True), Segment("yo", True, False))

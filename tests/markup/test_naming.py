from doppel.markup.naming import name_in_groups, written_name
from doppel.markup.shield import Shield

SHIELD = Shield(["<|im_end|>"])


def test_a_name_is_one_line_without_markers(say):
    assert written_name(say("Anna\nMaria <|im_end|>\t\u2028x "), SHIELD) == "Anna Maria < |im_end|> x"


def test_a_blank_name_is_the_id(say):
    assert written_name(say(" \n"), SHIELD) == "user- \n"


def test_others_are_named_from_the_second_one_on(say):
    turns = (say("Bob", "1"), say("Me", "2", persona=True), say("Bob", "3"), say("Ann", "4"), say("Bob", "5"))
    assert [turn.speaker_name for turn in name_in_groups(turns)] == ["", "Me", "", "Ann", "Bob"]


def test_what_comes_later_changes_no_name(say):
    turns = tuple(say(name, "x", persona=name == "Me") for name in ["Bob", "Me", "Ann", "Me", "Bob", "Cid"])
    for length in range(len(turns)):
        assert name_in_groups(turns[:length]) == name_in_groups(turns)[:length]

"""Scripts: choices come from decks, slots stay bound, linked choices agree, wrong scripts are refused."""

import random

import pytest
from grammar import Dealer, Line, read_script, read_scripts

SCRIPT = {
    "who": "jess mum",
    "weight": 2,
    "slots": {"dish ~ how": ["soup ~ boil it", "toast ~ burn it"]},
    "chat": "t: {1:When|Where}?\n(\nn: {dish}\n/\nn: nothing\n)\nn: {1:at six|at home}, {name}\n",
}


def dealer() -> Dealer:
    return Dealer({"few": ["one", "two"]}, random.Random(3))


def test_a_deck_deals_every_card_before_any_comes_again():
    cards = dealer()
    dealt = [cards.expand("{a|b|c}", {}, "x") for _ in range(6)]
    assert sorted(dealt[:3]) == sorted(dealt[3:]) == ["a", "b", "c"]


def test_choices_nest_and_words_are_dealt():
    cards = dealer()
    assert {cards.expand("{x {few}|x {few}}", {}, "y") for _ in range(2)} == {"x one", "x two"}


def test_linked_choices_take_the_same_place():
    cards, script = dealer(), read_script("s", SCRIPT)
    for _ in range(8):
        first, *_, last = cards.tell(script, "jess")
        assert (first.text, last.text) in {("When?", "at six, jess"), ("Where?", "at home, jess")}


def test_branches_and_slots_are_dealt_in_turn():
    cards, script = dealer(), read_script("s", SCRIPT)
    middles = [cards.tell(script, "mum")[1].text for _ in range(4)]
    assert middles.count("nothing") == 2
    assert set(middles) <= {"soup", "toast", "nothing"}


def test_a_line_knows_its_tag_and_whether_it_is_optional():
    script = read_script("s", {"who": "bot", "weight": 1, "chat": "n[photo]: a view\nt?: Nice.\n"})
    assert script.way == (Line("n", "photo", False, "a view"), Line("t", "", True, "Nice."))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"chat": "no speaker here"}, "not a line"),
        ({"slots": {"a ~ b": ["only one"]}}, "has not 2 parts"),
        ({"slots": {"a": [{"dress code": "hat"}]}}, "quote it"),
    ],
)
def test_a_wrong_script_is_refused_by_name(change, reason):
    with pytest.raises(ValueError, match=reason):
        read_script("s", SCRIPT | change)


def test_every_script_can_be_told_in_every_way(demo_folder):
    scripts, words = read_scripts(demo_folder / "scripts")
    cards = Dealer(words, random.Random(0))
    for script in scripts:
        for _ in range(12):
            for utterance in cards.tell(script, "jess"):
                assert "{" not in utterance.text
                assert "}" not in utterance.text
                assert "|" not in utterance.text

"""Labels of data sets."""

from tests.filters.asking import HI, counted, left, rule, said


def test_conversations_of_other_feelings_leave_only_breaks() -> None:
    proud, angry = said("I won!", label="Proud"), said("he lied", label="angry", chat_id="empathetic:2")
    kept, funnel = left({"labels": rule("labels")}, proud, HI, angry)
    assert [(message.text, message.is_break) for message in kept] == [("I won!", False), ("hi", False), ("", True)]
    assert counted(funnel) == {"labels": (2, 1)}
    assert funnel.examples == {"filters.labels": [angry]}


def test_a_dialogue_with_one_other_label_goes_as_a_whole_where_told() -> None:
    mixed = [said("I won!", label="proud"), said("he lied", label="angry"), said("oh")]
    sad, silent = said("no", label="Sad", chat_id="daily:2"), said("so", chat_id="daily:3")
    kept, funnel = left({"labels": rule("labels", "whole_chats=true")}, *mixed, sad, silent)
    assert kept == [sad, silent]
    assert counted(funnel) == {"labels": (2, 3)}
    assert funnel.counts[0].why.startswith("in dialogues with a label other than joyful, sad, ")


def test_the_feelings_are_those_of_the_system_it_is_from() -> None:
    assert len(rule("labels").keep) == 13

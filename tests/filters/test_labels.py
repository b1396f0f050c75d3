"""Labels of data sets."""

from tests.filters.asking import HI, counted, left, rule, said


def test_conversations_of_other_feelings_leave_only_breaks() -> None:
    proud, angry = said("I won!", label="Proud"), said("he lied", label="angry", chat_id="empathetic:2")
    kept, funnel = left({"labels": rule("labels")}, proud, HI, angry)
    assert [(message.text, message.is_break) for message in kept] == [("I won!", False), ("hi", False), ("", True)]
    assert counted(funnel) == {"labels": (2, 1)}
    assert funnel.examples == {"filters.labels": [angry]}


def test_the_feelings_are_those_of_the_system_it_is_from() -> None:
    assert len(rule("labels").keep) == 13

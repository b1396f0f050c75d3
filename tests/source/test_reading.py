import pytest

from doppel.errors import DataError
from doppel.source.reading import SURROGATES, Reading
from doppel.types import Count, Funnel


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("\u043f\u0440\u0438\u0432\u0435\u0442", "\u043f\u0440\u0438\u0432\u0435\u0442"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_what_utf_8_can_hold_is_left_alone(text: str, clean: str) -> None:
    reading = Reading()
    assert reading.clean(text) == clean
    assert reading.guessed.total() == 0


@pytest.mark.parametrize(
    ("text", "clean"),
    [("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("\ud83d\ude00", "\U0001f600"), ("a\0b", "a\ufffdb")],
)
def test_halves_of_characters_are_replaced_and_counted(text: str, clean: str) -> None:
    reading = Reading()
    assert reading.clean(text) == clean
    assert reading.guessed == {SURROGATES: 1}


def test_the_line_of_the_funnel_names_each_reason_with_its_first_place() -> None:
    reading, funnel = Reading(), Funnel()
    reading.kept = 3
    reading.drop("broken", "x, line 2")
    reading.drop("broken", "x, line 9", 4)
    reading.guessed["were guessed"] = 2
    reading.report(funnel, "x.csv", "Advice")
    assert funnel.counts == [Count("source", 3, 5, "messages", "5 broken (first: x, line 2)")]
    assert funnel.notes == ["source: 2 messages were guessed."]


@pytest.mark.parametrize(("dropped", "found"), [(0, "none at all"), (2, "2, all unusable: 2 broken")])
def test_nothing_to_read_is_refused(dropped: int, found: str) -> None:
    reading = Reading()
    if dropped:
        reading.drop("broken", "x, line 2", dropped)
    with pytest.raises(DataError, match=rf"x\.csv holds no messages to read \({found}"):
        reading.report(Funnel(), "x.csv", "Advice")

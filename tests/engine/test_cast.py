"""Who can be spoken as: by id, by name, and what is suggested."""

import pytest

from doppel.engine.cast import STRANGER, Cast, Known, stranger
from doppel.errors import DataError

PEOPLE = [
    Known("u1", "Ada Byron", 900, is_persona=True),
    Known("u2", "Bob", 40, is_persona=True),
    Known("u3", "bob", 7),
    Known("u4", "Кот", 3),
    Known("u5", "KIM", 2),
    Known("u6", "Kim", 1),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("u3", "u3"), ("Bob", "u2"), ("bob", "u3"), ("ada byron", "u1"), ("КОТ", "u4"), ("Ada", None), ("", None)],
)
def test_find(wanted, found):
    person = Cast(PEOPLE).find(wanted)
    assert (person and person.speaker_id) == found


def test_of_several_personas_the_first_speaks():
    assert Cast(PEOPLE).persona == PEOPLE[0]
    assert Cast(PEOPLE).personas() == "Ada Byron, Bob"


def test_strangers_of_two_names_are_two_people():
    assert stranger("Zoe") == Known("stranger:Zoe", "Zoe", 0)
    assert stranger("Max").speaker_id != stranger("Zoe").speaker_id
    assert stranger("Stranger") is STRANGER


def test_a_name_of_several_people_wants_an_id():
    with pytest.raises(DataError, match="2 people are called 'kim': say which by id, one of u5, u6"):
        Cast(PEOPLE).find("kim")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("ada", " Did you mean Ada Byron?"), ("Bobb", " Did you mean Bob?"), ("Коt", " Did you mean Кот?"), ("xyz", "")],
)
def test_near(wanted, said):
    assert Cast(PEOPLE).near(wanted) == said


def test_nobody_is_refused():
    with pytest.raises(DataError, match="nobody to speak as"):
        Cast([])

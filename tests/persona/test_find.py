"""People by what a user calls them."""

import pytest

from doppel.errors import DataError
from doppel.persona.find import Finder
from doppel.types import People, Persona, Speaker


def people(*rows: tuple[str, str, int]) -> People:
    return People({who: Speaker(who, name, frozenset({name}), count) for who, name, count in rows}, {})


EVERYONE = people(
    ("user1", "Ann", 50),
    ("user2", "Alex", 40),
    ("user3", "Alex", 30),
    ("slack:U4", "Ann Lee", 20),
    ("discord:5", "zed", 10),
    ("vk:5", "Zed", 9),
    ("user6", "Me too", 5),
)
FIND = Finder(EVERYONE, (Persona(frozenset({"user1", "user6"}), "Me"), Persona(frozenset({"user3"}), "Bob")))


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("user1", {"user1"}),
        ("1", {"user1"}),
        ("U4", {"slack:U4"}),
        ("  Ann ", {"user1"}),
        ("ann  lee", {"slack:U4"}),
        ("zed", {"discord:5"}),
        ("Me", {"user1", "user6"}),
        ("Bob", {"user3"}),
    ],
)
def test_found(word: str, ids: set[str]) -> None:
    assert FIND(word) == ids


def test_a_name_that_all_ids_of_a_persona_have_is_theirs() -> None:
    finder = Finder(people(("a", "Ann", 2), ("b", "ANN", 1)), (Persona(frozenset("ab"), "Annie"),))
    assert finder("ann") == {"a", "b"}


def refusal(finder: Finder, word: str) -> str:
    with pytest.raises(DataError) as refused:
        finder(word)
    return str(refused.value)


def test_a_shared_name_is_refused_with_the_ids() -> None:
    assert refusal(FIND, "Alex") == (
        "'Alex' is the name of 2 people: say which by id.\n"
        "  user2         40 messages  Alex\n"
        "  user3         30 messages  Alex"
    )
    assert refusal(FIND, "5").startswith("'5' is the name of 2 people")


def test_a_personas_name_that_another_has_too_is_refused() -> None:
    finder = Finder(EVERYONE, (Persona(frozenset({"user2"}), "Ann"),))
    assert refusal(finder, "Ann").startswith("'Ann' is the name of 2 people: say which by id.\n  user1")


def test_nobody_is_refused_with_near_misses() -> None:
    text = refusal(FIND, "Alec")
    assert text.startswith("'Alec' is nobody in the export. Did you mean 'Alex'?\nAccepted are an id or a name.\n")
    assert "  user1             50 messages  Ann\n" in text
    assert refusal(FIND, "").startswith("'' is nobody in the export.")

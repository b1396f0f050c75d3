"""Who is learnt: found, named, or refused with what to type instead."""

from typing import Any

import pytest

from doppel.errors import DataError
from doppel.persona.resolve import resolve_cast
from doppel.types import Chat, People, Persona, Speaker


def people(*rows: tuple[str, str, int]) -> People:
    return People({who: Speaker(who, name, frozenset({name}), count) for who, name, count in rows}, {})


EVERYONE = people(
    ("user1", "Ann", 50),
    ("user22", "Alex", 40),
    ("user23", "Alex", 30),
    ("channel5", "News", 20),
    ("name:Zed", "Zed", 9),
    ("user9", "Mute", 0),
)
OWNER = frozenset({"user1"})
NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("wanted", "ids", "name"),
    [
        (None, {"user1"}, "Ann"),
        ("user1", {"user1"}, "Ann"),
        (1, {"user1"}, "Ann"),
        ("22", {"user22"}, "Alex"),
        (5, {"channel5"}, "News"),
        ("Ann", {"user1"}, "Ann"),
        ("aNN", {"user1"}, "Ann"),
        ("name:Zed", {"name:Zed"}, "Zed"),
        (["user23", "Ann"], {"user1", "user23"}, "Ann"),
        (["user22", 23], {"user22", "user23"}, "Alex"),
    ],
)
def test_found(wanted: Any, ids: set[str], name: str) -> None:
    assert resolve_cast(wanted, EVERYONE, OWNER).personas == (Persona(frozenset(ids), name),)


def refusal(wanted: Any, owner_ids: frozenset[str] = OWNER, among: People = EVERYONE) -> str:
    with pytest.raises(DataError) as refused:
        resolve_cast(wanted, among, owner_ids)
    return str(refused.value)


def test_an_exact_name_wins_over_one_in_another_case() -> None:
    among = people(("user1", "ann", 1), ("user2", "Ann", 2))
    assert resolve_cast("ann", among, NOBODY).personas[0].ids == {"user1"}
    assert "is the name of 2 people" in refusal("ANN", among=among)


def test_a_shared_name_is_refused_with_the_ids() -> None:
    assert refusal("Alex") == (
        "persona='Alex' is the name of 2 people: say which by id, or learn them as one person with "
        "'persona=[user22,user23]'.\n"
        "  user22         40 messages  Alex\n"
        "  user23         30 messages  Alex"
    )


def test_nobody_is_refused_with_near_misses_and_everyone_who_speaks() -> None:
    text = refusal("user2")
    assert "persona='user2' is nobody in the export. Did you mean persona=user23 or persona=user22" in text
    assert "For the first of these type persona=user1\n  user1            50 messages  Ann" in text
    assert "Mute" not in text.split("Accepted")[1]


def test_who_never_speaks_is_refused() -> None:
    assert refusal("user9").startswith("There is nothing to learn from user9 (Mute): no message is theirs.\nAccepted")
    assert refusal(None, frozenset({"user77"})).startswith(
        "The export's owner, user77, sent no message in it.\nAccepted"
    )


def test_without_an_owner_one_must_be_named() -> None:
    assert refusal(None, NOBODY).startswith("The export does not tell whose it is: say who is to be learnt.\nAccepted")
    assert refusal([]).startswith("persona=[] names nobody.")


def test_many_people_are_cut_and_none_is_said() -> None:
    crowd = people(*((f"user{number}", f"P{number}", 100 - number) for number in range(12)))
    assert refusal("who", among=crowd).endswith("\n  ... and 2 more")
    assert refusal("who", among=people()).endswith("Nobody speaks in this export: use one with messages.")


def test_several_owners_are_one_person_by_those_of_their_ids_that_speak() -> None:
    owners = frozenset({"name:Zed", "user1", "user9", "slack:U9"})
    assert resolve_cast(None, EVERYONE, owners).personas == (Persona(frozenset({"user1", "name:Zed"}), "Ann"),)
    assert refusal(None, frozenset({"user9"})).startswith("There is nothing to learn from user9 (Mute)")


def test_several_personas_by_the_names_they_are_to_have() -> None:
    cast = resolve_cast({"Me  too": ["Ann", "Zed"], "News": 5}, EVERYONE, OWNER)
    assert cast.personas == (
        Persona(frozenset({"user1", "name:Zed"}), "Me too"),
        Persona(frozenset({"channel5"}), "News"),
    )
    assert cast.find("Me too") == {"user1", "name:Zed"}


def test_the_cast_names_everyone_of_a_chat() -> None:
    chat = Chat("c", "c", "group", 3, {"user22": 2, "user1": 1}, {})
    cast = resolve_cast({"Alex": "user1"}, People(EVERYONE.by_id, {"c": chat}), OWNER)
    assert cast.names("c") == {"user1": "Alex", "user22": "Alex (2)"}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "persona={} names nobody.\nAccepted"),
        ({"A": "Ann", "B": [1, 22]}, "persona: user1 cannot be both A and B."),
        ({"A": "Ann", " A": "Zed"}, "persona: 'A' names two personas"),
        ({" ": "Ann"}, "A persona's name in persona={NAME: ID} is empty"),
        ({"A": None}, "persona={A: None}: accepted are an id, a name, or a list of them.\n  user1"),
        ({"A": "user9"}, "There is nothing to learn from user9 (Mute)"),
        ({"A": []}, "persona=[] names nobody."),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(wanted: Any, told: str) -> None:
    assert refusal(wanted).startswith(told)

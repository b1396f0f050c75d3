"""Who is learnt: found, named, or refused with what to type instead."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from doppel.errors import DataError
from doppel.persona.people import People, Speaker
from doppel.persona.resolve import _override, resolve_persona
from doppel.types import Persona


def people(*rows: tuple[str, str, int]) -> People:
    return People({who: Speaker(who, name, frozenset({name}), count) for who, name, count in rows})


EVERYONE = people(
    ("user1", "Ann", 50),
    ("user22", "Alex", 40),
    ("user23", "Alex", 30),
    ("channel5", "News", 20),
    ("name:Zed", "Zed", 9),
    ("user9", "Mute", 0),
)


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
def test_found(wanted: object, ids: set[str], name: str) -> None:
    assert resolve_persona(wanted, EVERYONE, "user1") == Persona(frozenset(ids), name)


def refusal(wanted: object, owner_id: str | None = "user1", among: People = EVERYONE) -> str:
    with pytest.raises(DataError) as refused:
        resolve_persona(wanted, among, owner_id)
    return str(refused.value)


def test_an_exact_name_wins_over_one_in_another_case() -> None:
    among = people(("user1", "ann", 1), ("user2", "Ann", 2))
    assert resolve_persona("ann", among, None).ids == {"user1"}
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
    assert refusal(None, "user77").startswith("The export's owner, user77, sent no message in it.\nAccepted")


def test_without_an_owner_one_must_be_named() -> None:
    assert refusal(None, None).startswith("The export does not tell whose it is: say who is to be learnt.\nAccepted")
    assert refusal([]).startswith("persona=[] names nobody.")


def test_many_people_are_cut_and_none_is_said() -> None:
    crowd = people(*((f"user{number}", f"P{number}", 100 - number) for number in range(12)))
    assert refusal("who", among=crowd).endswith("\n  ... and 2 more")
    assert refusal("who", among=people()).endswith("Nobody speaks in this export: use one with messages.")


@pytest.mark.parametrize(
    "value",
    [
        "user1",
        "name:Ann Lee",
        "Ann",
        "null",
        "-5",
        "O'Brien",
        'say "hi"',
        "back\\slash",
        "end\\",
        "\u0410\u043d\u043d\u0430",
        "a,b=[c]",
    ],
)
def test_what_is_proposed_to_type_is_read_back_as_meant(value: str) -> None:
    (typed,) = shlex.split(_override(value))
    assert OverridesParser.create().parse_override(typed).value() == value
    (typed,) = shlex.split(_override([value, "user1"]))
    assert OverridesParser.create().parse_override(typed).value() == [value, "user1"]

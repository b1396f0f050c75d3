"""Chats by id or name; a typo is refused."""

import pytest

from doppel.errors import DataError
from doppel.types import Message
from tests.filters.asking import counted, left, rule, said


def chat(number: int, name: str, kind: str = "personal_chat") -> Message:
    return said("hi", chat_id=f"{kind}:{number}", chat_name=name)


ANN, BOB, CLUB = chat(1, "Анна"), chat(2, "Bob"), chat(3, "Book Club", "private_group")
TWIN = chat(4, "Bob")


@pytest.mark.parametrize("wanted", ["АННА", " анна ", "personal_chat:1", "1"])
def test_a_chat_is_found_by_id_number_or_name_in_any_case(wanted: str) -> None:
    kept, funnel = left({"chosen_chats": rule("chosen_chats", f"exclude=['{wanted}']")}, ANN, BOB, CLUB)
    assert kept == [BOB, CLUB]
    assert counted(funnel) == {"chosen_chats": (2, 1)}


def test_where_some_are_included_all_others_go_and_exclusion_is_stronger() -> None:
    only = rule("chosen_chats", "include=['book club',2]", "exclude=[Bob]")
    assert left({"chosen_chats": only}, ANN, BOB, CLUB)[0] == [CLUB]


@pytest.mark.parametrize("key", ["include", "exclude"])
def test_an_unknown_name_is_refused_with_near_misses(key: str) -> None:
    with pytest.raises(DataError) as caught:
        left({"chosen_chats": rule("chosen_chats", f"{key}=['book clab']")}, ANN, CLUB)
    assert str(caught.value) == (
        f"filters.chosen_chats.{key}: 'book clab' is no chat of the export. Did you mean 'Book Club'? "
        "Accepted are an id or a name:\n"
        "  personal_chat:1  1 messages  Анна\n"
        "  private_group:3  1 messages  Book Club"
    )


def test_a_name_of_two_chats_is_refused_with_their_ids() -> None:
    with pytest.raises(DataError) as caught:
        left({"chosen_chats": rule("chosen_chats", "exclude=[bob]")}, ANN, BOB, TWIN)
    assert str(caught.value) == (
        "filters.chosen_chats.exclude: 'bob' is the name of 2 chats: say which by id.\n"
        "  personal_chat:2  1 messages  Bob\n"
        "  personal_chat:4  1 messages  Bob"
    )


def test_a_long_list_of_chats_is_cut() -> None:
    chats = [chat(number, f"Chat {number}") for number in range(12)]
    with pytest.raises(DataError, match=r"\n  \.\.\. and 2 more$"):
        left({"chosen_chats": rule("chosen_chats", "exclude=[zzz]")}, *chats)

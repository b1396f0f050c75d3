"""The messenger's own labels, code and links."""

import pytest

from doppel.privacy.contacts import find_contacts
from doppel.types import Entity
from tests.privacy.finding import pieces


def found(text: str, *entities: Entity) -> list[str]:
    return pieces(text, find_contacts(text, entities, ("RU", "US")))


def test_labels_of_the_messenger_are_trusted():
    text = "12-34-56, a@b.local and 1234 5678 9012 3456"
    labels = (Entity("phone", 0, 8), Entity("email", 10, 19), Entity("bank_card", 24, 43), Entity("link", 10, 19))
    assert found(text, *labels) == ["12-34-56", "a@b.local", "1234 5678 9012 3456"]


def test_a_repository_labelled_as_an_address_stays():
    assert found("git@some.org:team/repo", Entity("email", 0, 12)) == []


@pytest.mark.parametrize("text", ["`ann@some.org`", "see\n```\nann@some.org 8 912 345 67 89\n```"])
def test_code_holds_no_contacts(text: str):
    assert found(text) == []
    assert found(text.replace("`", "'"), Entity("code", 0, len(text))) == []


def test_a_card_in_code_is_a_card():
    assert found("`4111 1111 1111 1111`") == ["4111 1111 1111 1111"]


def test_numbers_in_links_are_ids_save_for_addresses_and_numbers_to_call():
    text = "https://some.org/4111111111111111/8-912-345-67-89?to=ann@some.org https://wa.me/79123456789"
    assert found(text) == ["ann@some.org", "79123456789"]

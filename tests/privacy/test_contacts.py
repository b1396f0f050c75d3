"""The messenger's own labels, code and links."""

import pytest

from doppel.privacy.contacts import find_contacts
from doppel.types import Entity
from tests.privacy.finding import pieces

KNOWN = "89167654321"


def found(text: str, *entities: Entity) -> list[str]:
    return pieces(text, find_contacts(text, entities, ("RU", "US"), lambda kind, spelling: spelling == KNOWN))


def test_labels_of_the_messenger_are_trusted():
    text = "12-34-56, a@b.local and 1234 5678 9012 3456"
    labels = (Entity("phone", 0, 8), Entity("email", 10, 19), Entity("bank_card", 24, 43), Entity("link", 10, 19))
    assert found(text, *labels) == ["12-34-56", "a@b.local", "1234 5678 9012 3456"]


def test_a_repository_labelled_as_an_address_stays():
    assert found("git@some.org:team/repo", Entity("email", 0, 12)) == []


@pytest.mark.parametrize(
    ("code", "contacts"),
    [
        ("+7 912 345 67 89", ["+7 912 345 67 89"]),
        ("89123456789", ["89123456789"]),
        ("ann@some.org", ["ann@some.org"]),
        ("тел 89123456789, мыло ann@some.org", ["89123456789", "ann@some.org"]),
        ("Ann Lee: (202) 555-0143", ["(202) 555-0143"]),
        ("git config user.email ann@some.org", ["ann@some.org"]),
        ("x = call('+79123456789', 1)", ["+79123456789"]),
        (f"x = call({KNOWN}, 1)", [KNOWN]),
        ("x = call(89123456789, 1)", []),
        ("SELECT a FROM b WHERE c = 79123456789", []),
        ("npm i left@next.sh pkg@1.2.3; git clone git@some.org:team/repo", []),
        ("@app.route('/') q@k.name logo@2x.zip aa@bb.io(1) ann@some.org:x/y", []),
        ("pip install a==95.31.24.52 # 93.184.216.34", []),
    ],
)
def test_code_holds_contacts_where_they_are_somebodys(code: str, contacts: list[str]):
    text = f"here is what you asked me for yesterday: `{code}`"
    assert found(text) == contacts
    assert found(text.replace("`", '"'), Entity("code", 42, 42 + len(code))) == contacts
    assert found(f"```\na = b(89120000000)\n{code}\n```") == contacts


def test_a_card_in_code_is_a_card():
    assert found("`4111 1111 1111 1111`") == ["4111 1111 1111 1111"]


def test_numbers_in_links_are_ids_save_for_addresses_and_numbers_to_call():
    text = "https://some.org/4111111111111111/8-912-345-67-89?to=ann@some.org https://wa.me/79123456789"
    assert found(text) == ["ann@some.org", "79123456789"]

"""Pseudonyms: of the same shape, nobody's, the same for one value, and not made from it."""

import ipaddress

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doppel.privacy.addresses import find_machines
from doppel.privacy.checksums import is_iban, is_inn, is_luhn, is_snils
from doppel.privacy.disguise import Disguises
from doppel.privacy.letters import digits_of
from doppel.privacy.spans import ACCOUNT, CARD, EMAIL, INN, IP, PASSPORT, PHONE, SNILS, SSN, WALLET

KINDS = (ACCOUNT, CARD, INN, IP, PASSPORT, PHONE, SNILS, SSN, WALLET)


def shape(text: str) -> str:
    """Digits as 0, capitals as A, other letters as a; the rest as it is."""
    return "".join(
        "0" if sign.isdecimal() else "A" if sign.isupper() else "a" if sign.isalpha() else sign for sign in text
    )


@pytest.fixture
def disguises() -> Disguises:
    return Disguises(["RU", "US"])


def test_one_number_has_one_pseudonym_in_every_spelling(disguises: Disguises):
    spellings = ["+7 912 345-67-89", "8 (912) 345 67 89", "89123456789", "9123456789", "+79123456789"]
    news = [disguises.of(PHONE, spelling) for spelling in spellings]
    assert [shape(new) for new in news] == [shape(spelling) for spelling in spellings]
    assert len({digits_of(new)[-10:] for new in news}) == 1
    assert [new[:2] for new in news[:3]] == ["+7", "8 ", news[2][:2]]
    assert not phonenumbers.is_valid_number(phonenumbers.parse(news[0]))


def test_an_extension_stays(disguises: Disguises):
    new = disguises.of(PHONE, "(202) 555-0143 ext. 55")
    assert new.endswith(" ext. 55")
    assert digits_of(new)[:10] != "2025550143"


def test_addresses_keep_their_shape_under_nobodys_domains(disguises: Disguises):
    one, other, same, elsewhere = (
        disguises.of(EMAIL, text) for text in ("ann.lee7@some.org", "bob@some.org", "Ann.Lee7@Some.org", "bob@else.de")
    )
    assert shape(one) == "aaa.aaa0@aaaaaaa.aaa"
    assert one.endswith("@example.com")
    assert other.endswith("@example.com")
    assert same.lower() == one
    assert elsewhere.endswith("@example.org")
    assert one.partition("@")[0] != "ann.lee7"


@pytest.mark.parametrize(
    ("spelling", "at", "dot"),
    [
        ("Ann (at) some (dot) org", " (at) ", " (dot) "),
        ("ann[AT]some.org", "[AT]", "."),
        ("ann(at)some dot org", "(at)", " dot "),
    ],
)
def test_a_spoken_address_is_disguised_as_the_written_one(disguises: Disguises, spelling: str, at: str, dot: str):
    local, _, domain = disguises.of(EMAIL, "ann@some.org").partition("@")
    new = disguises.of(EMAIL, spelling)
    assert new.lower() == f"{local}{at}{domain.replace('.', dot)}".lower()


def test_more_domains_and_more_letters_than_there_are_do_not_collide(disguises: Disguises):
    news = [disguises.of(EMAIL, f"{letter}@host{number}.org") for letter in "abcdefgh" for number in range(5)]
    assert len(set(news)) == 40
    assert all(new.partition("@")[2].endswith(("example.com", "example.org", "example.net")) for new in news)


@pytest.mark.parametrize(
    ("kind", "spelling", "is_real", "kept"),
    [
        (CARD, "4111 1111 1111 1111", is_luhn, "4"),
        (ACCOUNT, "DE89 3704 0044 0532 0130 00", is_iban, "DE"),
        (INN, "500100732259", is_inn, ""),
        (SNILS, "112-233-445 95", is_snils, ""),
    ],
)
def test_checked_numbers_fail_their_check(disguises: Disguises, kind: str, spelling: str, is_real, kept: str):
    plain = "".join(sign for sign in spelling if sign.isalnum())
    new = disguises.of(kind, spelling)
    assert is_real(plain)
    assert not is_real("".join(sign for sign in new if sign.isalnum()))
    assert shape(new) == shape(spelling)
    assert new.startswith(kept)


def test_addresses_of_machines_are_of_no_network(disguises: Disguises):
    assert [disguises.of(IP, text).partition(".")[0] for text in ("5.6.7.8", "81.2.69.142", "104.21.19.163")] == [
        "0",
        "10",
        "240",
    ]
    assert shape(disguises.of(IP, "81.2.69.142")) == "00.0.00.000"


def test_long_ip_addresses_stay_such_in_a_network_of_nobody(disguises: Disguises) -> None:
    written = ["2a00:1450:4010:c0e::8a", "2a02:6b8::2:242", "2001:4860:0:2001::68", "2A02:6B8:0:1::FEED:FF"]
    for spelling in written:
        new = disguises.of(IP, spelling)
        assert shape(new) == shape(spelling)
        assert ipaddress.ip_address(new) in ipaddress.ip_network("4000::/3")
        assert not list(find_machines(new))


def test_words_between_numbers_stay(disguises: Disguises):
    assert " номер " in disguises.of(PASSPORT, "45 10 номер 123456")
    assert digits_of(disguises.of(PASSPORT, "4510 123456")) == digits_of(disguises.of(PASSPORT, "45 10 номер 123456"))


def test_a_pseudonym_follows_from_order_alone():
    first, second = Disguises(["RU"]), Disguises(["RU"])
    assert first.of(CARD, "4111 1111 1111 1111") == second.of(CARD, "4222 2222 2222 2222")
    assert first.of(CARD, "4222 2222 2222 2222") != second.of(CARD, "4222 2222 2222 2222")


def test_digits_of_another_script_stay_in_it(disguises: Disguises):
    new = disguises.of(PASSPORT, "٤٥١٠ ١٢٣٤٥٦")
    assert all("\u0660" <= sign <= "\u0669" for sign in new if sign != " ")


@given(st.sampled_from(KINDS), st.lists(st.text("0123456789ABcdя- ", min_size=8), min_size=1, max_size=5))
def test_any_spelling_keeps_its_shape_and_no_two_values_meet(kind: str, spellings: list[str]):
    disguises = Disguises(["RU", "US"])
    marked = [f"12345678{spelling}" for spelling in dict.fromkeys(spellings)]
    news = [disguises.of(kind, spelling) for spelling in marked]
    assert [shape(new) for new in news] == [shape(spelling) for spelling in marked]
    assert [disguises.of(kind, spelling) for spelling in marked] == news
    assert not set(news) & set(marked)

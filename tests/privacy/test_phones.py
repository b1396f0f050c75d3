"""Phone numbers in the shapes that people type, and the other numbers of a chat."""

import pytest

from doppel.errors import ConfigError
from doppel.privacy.phones import find_phones, known_regions
from doppel.privacy.spans import PHONE, Found
from tests.privacy.finding import pieces


def numbers(text: str, *regions: str) -> list[str]:
    return sorted(pieces(text, (Found(*span, PHONE) for span in find_phones(text, regions or ("RU", "US")))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("мой 8 (912) 345-67-89 звони", ["8 (912) 345-67-89"]),
        ("+7 912 345 67 89", ["+7 912 345 67 89"]),
        ("8-912-345-67-89, 8 912 34 56 789", ["8 912 34 56 789", "8-912-345-67-89"]),
        ("89123456789 или 79123456789", ["79123456789", "89123456789"]),
        ("912 345-67-89", ["912 345-67-89"]),
        ("9123456789", ["9123456789"]),
        ("9123456789 пиши в вотсап", ["9123456789"]),
        ("wa.me/79123456789", ["79123456789"]),
        ("call 2025550143 or (202) 555-0143 or 202.555.0143", ["(202) 555-0143", "202.555.0143", "2025550143"]),
        ("тел 89161234567 тел.84951234567", ["84951234567", "89161234567"]),
        ("тел.8(495)123-45-67, Phone.202-555-0143", ["202-555-0143", "8(495)123-45-67"]),
        ("т.8(495)123-45-67 моб.:8 916 123-45-67", ["8 916 123-45-67", "8(495)123-45-67"]),
        ("phone:2025550143", ["2025550143"]),
        ("мой:+79161234567, номер.+7 495 123-45-67", ["+7 495 123-45-67", "+79161234567"]),
        ("reach me at 2025550143", ["2025550143"]),
        ("для связи 4951234567", ["4951234567"]),
        ("отель.8(495)123-45-67 v.8(495)123-45-67 https:84951234567", []),
        ("+44 20 7946 0958 и +380 67 123 45 67", ["+380 67 123 45 67", "+44 20 7946 0958"]),
        ("заказ 89123456789, id 9123456789 в базе", []),
        ("2018-05-06 12:30:15 01.02.2018 12.05 10:30-11:00", []),
        ("1 000 000 руб, 1500000 рублей, $2025550143, 4500-5000, 5-6", []),
        ("1534567890 1534567890123 v1.2.3456789", []),
        ("12345678901234567890", []),
        ("8 800 555 35 35", []),
        ("/item/89123456789/ #89123456789 a89123456789", []),
        ("345-67-89", []),
        ("067 123 45 67", []),
    ],
)
def test_phones(text: str, found: list[str]):
    assert numbers(text) == found


def test_a_region_more_finds_its_numbers():
    assert numbers("067 123 45 67", "UA") == ["067 123 45 67"]


def test_a_long_table_is_looked_through_to_its_end():
    assert numbers("12 34 " * 2_000 + "+7 912 345 67 89") == ["+7 912 345 67 89"]


def test_an_unknown_region_is_refused():
    with pytest.raises(ConfigError, match=r"privacy.regions has 'Russia'.*privacy.regions=\[RU,US,DE\]"):
        known_regions(["RU", "Russia"])

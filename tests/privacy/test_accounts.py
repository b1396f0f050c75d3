"""Cards, bank accounts and wallets, and the numbers of the same length."""

import pytest

from doppel.privacy.accounts import find_accounts, find_wallets
from tests.privacy.finding import pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("card 4111-1111-1111-1111!", ["4111-1111-1111-1111"]),
        ("на карту 5555555555554444, до 12/30", ["5555555555554444"]),
        ("мир 2200 0000 0000 0004", ["2200 0000 0000 0004"]),
        ("378282246310005", ["378282246310005"]),
        ("card 30569309025904", ["30569309025904"]),
        ("30569309025904 is a parcel", []),
        ("4111 1111 1111 1112", []),
        ("id=4111111111111111", []),
        ("1700000000000000 microseconds, 0000000000000000", []),
        ("IBAN DE89 3704 0044 0532 0130 00.", ["DE89 3704 0044 0532 0130 00"]),
        ("GB82WEST12345698765432", ["GB82WEST12345698765432"]),
        ("DE89 3704 0044 0532 0130 01", []),
        ("счёт 40817810099910004312", ["40817810099910004312"]),
    ],
)
def test_accounts(text: str, found: list[str]):
    assert pieces(text, find_accounts(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]),
        ("0x52908400098527886E0F7030069857D2E4169EE7,", ["0x52908400098527886E0F7030069857D2E4169EE7"]),
        ("TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", ["TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"]),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", []),
        ("commit 52908400098527886e0f7030069857d2e4169ee7", []),
        ("T" * 34, []),
    ],
)
def test_wallets(text: str, found: list[str]):
    assert pieces(text, find_wallets(text)) == found

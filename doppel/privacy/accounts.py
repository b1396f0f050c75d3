"""Where money lies: bank cards, bank accounts, wallets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.letters import digits_of, has_long_word
from doppel.privacy.recognisers import recognised
from doppel.privacy.spans import ACCOUNT, CARD, WALLET, Found
from doppel.privacy.words import is_near

if TYPE_CHECKING:
    from collections.abc import Iterator

CARD_NUMBER = re.compile(r"(?<![\w./=-])\d(?:[ \u00a0-]?\d){12,18}(?![\w/=]|[.-]\d)")
CARD_LENGTHS = {"34": 15, "37": 15}  # American Express; others have 16 digits unless a word says that it is a card
PERSONAL = re.compile(r"(?<!\w)40[78]\d{2}[ ]?\d{3}[ ]?\d[ ]?\d{4}[ ]?\d{7}(?!\w)")  # a person's, in a Russian bank
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
SHORTEST_WALLET = 26
BITCOIN = re.compile(r"(?<![\w/=-])(?:bc1|[13])[a-zA-HJ-NP-Z0-9]{25,59}(?!\w)")
# Ethereum and its like; Tron; TON. Their digits are checked by hashes that Python does not bring along.
COINS = re.compile(r"(?<!\w)(?:0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}|[EUk][Qf][\w-]{46})(?![\w-])")


def find_accounts(text: str) -> Iterator[Found]:
    """Numbers of cards and bank accounts."""
    for match in CARD_NUMBER.finditer(text):
        digits = digits_of(match.group())
        has_length = len(digits) == CARD_LENGTHS.get(digits[:2], 16) or is_near("card", text, match.start())
        if has_length and digits[0] in "23456" and recognised("card", match.group()):
            yield Found(*match.span(), CARD)
    for match in PERSONAL.finditer(text):
        yield Found(*match.span(), ACCOUNT)
    for match in IBAN.finditer(text):
        for start, end in recognised("iban", match.group()):
            yield Found(match.start() + start, match.start() + end, ACCOUNT)


def find_wallets(text: str) -> Iterator[Found]:
    """Addresses of wallets."""
    if not has_long_word(text, SHORTEST_WALLET):
        return
    for match in BITCOIN.finditer(text):
        if recognised("bitcoin", match.group()):
            yield Found(*match.span(), WALLET)
    for match in COINS.finditer(text):
        if any(letter.isdigit() for letter in match.group()):
            yield Found(*match.span(), WALLET)

"""Numbers that states give to people: each by its shape, its check digits, or a word beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.checksums import is_inn, is_snils
from doppel.privacy.letters import digits_of
from doppel.privacy.recognisers import recognised
from doppel.privacy.spans import INN, PASSPORT, SNILS, SSN, Found
from doppel.privacy.words import is_near

if TYPE_CHECKING:
    from collections.abc import Iterator

# Series and number, with a word between them or none; at home 4 and 6 digits, abroad 2 and 7.
BETWEEN = r"[\s,]{0,3}(?:[^\W\d]{1,8}[\s.:]{0,2}|[\u2116#]\s?)?"
PASSPORT_NUMBER = re.compile(rf"(?<![\w-])(?:\d\d\s?\d\d{BETWEEN}\d{{6}}|\d\d{BETWEEN}\d{{7}})(?![\w-])")
INN_NUMBER = re.compile(r"(?<![\w-])\d{10}(?:\d\d)?(?![\w-])")
SNILS_NUMBER = re.compile(r"(?<![\w-])\d{3}([ -]?)\d{3}\1\d{3}[ -]?\d\d(?![\w-])")
SSN_NUMBER = re.compile(r"(?<![\w-])\d{3}([- .]?)\d{2}\1\d{4}(?![\w-])")


def find_documents(text: str) -> Iterator[Found]:
    """The numbers of passports, of taxpayers and of insured people."""
    for match in PASSPORT_NUMBER.finditer(text):
        if is_near("passport", text, match.start()):
            yield Found(*match.span(), PASSPORT)
    for match in INN_NUMBER.finditer(text):
        if is_near("inn", text, match.start()) and is_inn(digits_of(match.group())):
            yield Found(*match.span(), INN)
    for match in SNILS_NUMBER.finditer(text):
        is_meant = match.group(1) == "-" or is_near("snils", text, match.start())
        if is_meant and is_snils(digits_of(match.group())):
            yield Found(*match.span(), SNILS)
    for match in SSN_NUMBER.finditer(text):
        # Beside its name any number of the shape: people ask what becomes of 123-45-6789.
        if is_near("ssn", text, match.start()) or (match.group(1) == "-" and recognised("ssn", match.group())):
            yield Found(*match.span(), SSN)

"""Passports, taxpayers, insured people: by shape, check digits and the words beside."""

import pytest

from doppel.privacy.documents import find_documents
from tests.privacy.finding import pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("паспорт 4510 123456", ["4510 123456"]),
        ("паспорт серия 45 10 номер 123456, выдан", ["45 10 номер 123456"]),
        ("загранник: 70 1234567; загран 70 № 1234567", ["70 1234567", "70 № 1234567"]),
        ("заказ 4510 123456", []),
        ("ИНН 7707083893, инн: 500100732259", ["7707083893", "500100732259"]),
        ("ИНН 7707083894", []),
        ("заказ 7707083893", []),
        ("112-233-445 95", ["112-233-445 95"]),
        ("снилс 11223344595", ["11223344595"]),
        ("11223344595 и 112-233-445 96", []),
        ("ssn 219-09-9999, 219-09-9999", ["219-09-9999", "219-09-9999"]),
        ("ssn 219 09 9999", ["219 09 9999"]),
        ("my ssn is 123-45-6789, social security number 123456789", ["123-45-6789", "123456789"]),
        ("123-45-6789, 123456789", []),
        ("219 09 9999, 000-12-3456", []),
    ],
)
def test_documents(text: str, found: list[str]):
    assert pieces(text, find_documents(text)) == found

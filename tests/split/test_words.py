"""Words as near-duplicates are known by."""

import pytest

from doppel.split.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World! it's 5_6", "hello world it s 5 6"),
        ("", ""),
        ("  ...  ", ""),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u00abmir\u00bb\u2014\u0434\u0430\u2026", "привет mir да"),
        ("Stra\u00dfe STRASSE", "strasse strasse"),
        ("cafe\u0301 caf\u00e9", "café café"),  # however the accent is written
        ("ok\U0001f600ok \U0001f44d\U0001f3fd", "ok ok"),
        ("\u6f22\u5b57\u304bok", "漢 字 か ok"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "हिन्दी"),  # vowel signs are within words
        ("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd \u0645\u064e\u0631", "שָׁלוֹם مَر".replace("שָׁ", "שָ")),
        ("a\u00a0b\u2028c\x00d", "a b c d"),
        ("bad \ud800 half", "bad half"),
    ],
)
def test_words_are_letters_and_digits_in_one_case(text: str, expected: str) -> None:
    assert [word.decode() for word in words(text)] == expected.split()

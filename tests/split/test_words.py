"""Words as near-duplicates are known by."""

import pytest

from doppel.split import words as module
from doppel.split.words import PIECE, pieces, word_hashes, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World! it's 5_6", "hello world it s 5 6"),
        ("", ""),
        ("  ...  ", ""),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u00abmir\u00bb\u2014\u0434\u0430\u2026", "привет mir да"),
        ("Stra\u00dfe STRASSE", "strasse strasse"),
        ("cafe\u0301 caf\u00e9", "café café"),  # however the accent is written
        ("\u0415\u0449\u0451 \u0435\u0449\u0435, \u0449\u0435\u0308", "еще еще ще"),
        ("\uff2f\uff4b \ufb01ne \u2460", "ok fine 1"),
        ("so\u00adme\u200bthing \u2066a\u2069", "something a"),  # what is not seen parts no words
        ("\u202e\u200f", ""),
        ("ok\U0001f600ok \U0001f44d\U0001f3fd", "ok ok"),
        ("\u6f22\u5b57\u304bok", "漢 字 か ok"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "हिन्दी"),  # vowel signs are within words
        ("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd \u0645\u064e\u0631", "שָׁלוֹם مَر".replace("שָׁ", "שָ")),
        ("a\u00a0b\u2028c\x00d", "a b c d"),
        ("bad \ud800 half", "bad half"),
    ],
)
def test_words_are_letters_and_digits_in_one_case(text: str, expected: str) -> None:
    assert words([text]).replace(b"\0", b" ").decode().split() == expected.split()


def test_texts_stay_apart_and_each_is_folded_as_if_alone() -> None:
    assert words(["It's", "\u0414\u0430!", ""]) == "it s\0да \0".encode()


def test_a_word_has_the_same_number_wherever_it_stands() -> None:
    hashes, texts = word_hashes(b"one two one\0two\0\0 three")
    assert texts.tolist() == [0, 0, 0, 1, 3]
    one, two, again, too, three = hashes.tolist()
    assert (one, two) == (again, too)
    assert len({one, two, three}) == 3


def test_numbers_tell_many_words_apart() -> None:
    many = [f"{first}{second}" for first in ("a", "b", "ab", "ba", "1") for second in range(10_000)]
    hashes, _ = word_hashes(" ".join(many)[:PIECE].encode())
    assert len(set(hashes.tolist())) == len(set(" ".join(many)[:PIECE].split()))


def test_pieces_end_behind_a_text_where_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 6)
    assert list(pieces(b"ab\0cd\0efghijklm\0n")) == [b"ab\0cd\0", b"efghij", b"klm\0n"]


def test_of_no_text_there_are_no_words() -> None:
    hashes, texts = word_hashes(b"")
    assert (len(hashes), len(texts)) == (0, 0)

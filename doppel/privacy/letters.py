"""Letters and digits of a spelling apart from its marks, and new ones of the same sort."""

from __future__ import annotations

import unicodedata
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

BLOCK = 32  # neighbours in Unicode that are of one script, for letters beyond ASCII


def plain(spelling: str, *, is_cased: bool = False) -> str:
    """What tells one value from another: its letters, lower case unless that counts, and its digits as ASCII."""
    return "".join(
        str(int(sign)) if sign.isdecimal() else sign if is_cased else _lower(sign)
        for sign in spelling
        if sign.isdecimal() or sign.isalpha()
    )


def digits_of(spelling: str) -> str:
    """The digits alone, of whatever script, as ASCII."""
    return "".join(str(int(sign)) for sign in spelling if sign.isdecimal())


def drawn(random: Random, pattern: str, more: int) -> str:
    """A digit for each digit and a letter of its sort for each letter of the pattern, and `more` letters after them."""
    return "".join(random.choice(_sort(sign)) for sign in pattern + ascii_lowercase[:1] * more)


@cache
def _sort(sign: str) -> str:
    for sort in ("0123456789", ascii_lowercase, ascii_uppercase):
        if sign in sort:
            return sort
    category, first = unicodedata.category(sign), ord(sign) // BLOCK * BLOCK
    return "".join(chr(code) for code in range(first, first + BLOCK) if unicodedata.category(chr(code)) == category)


def like(new: str, spelling: str) -> str:
    """The spelling with its letters and digits replaced in order; what is left of the new ones follows."""
    return _like(new, spelling, lambda sign: sign.isdecimal() or sign.isalpha())


def like_digits(new: str, spelling: str) -> str:
    """The spelling with its digits replaced in order; the words between them stay."""
    return _like(new, spelling, str.isdecimal)


def _like(new: str, spelling: str, is_replaced: Callable[[str], bool]) -> str:
    signs = iter(new)
    pieces = [_as(next(signs, ""), sign) if is_replaced(sign) else sign for sign in spelling]
    return "".join([*pieces, *signs])


def _as(new: str, old: str) -> str:
    if old.isdecimal() and new.isdecimal():
        return chr(ord(old) - int(old) + int(new))  # of the same script
    return _upper(new) if old.isupper() else new


def _lower(sign: str) -> str:
    lower = sign.lower()
    return lower if len(lower) == 1 else sign


def _upper(sign: str) -> str:
    upper = sign.upper()
    return upper if len(upper) == 1 else sign


def cased(new: str, word: str) -> str:
    """The new word with the capitals of the old one: all, the first, or none."""
    if len(word) > 1 and word.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if word[:1].isupper() else new


def has_long_word(text: str, length: int) -> bool:
    """Whether as many characters stand together: a cheap test for what cannot be shorter."""
    return len(text) >= length and max(map(len, text.split()), default=0) >= length

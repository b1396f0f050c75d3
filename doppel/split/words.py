"""Words, by which near-duplicates are known: case, punctuation and emoji are not looked at."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import normalize

import numpy as np

from doppel.split.facts import ODD, Ints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Scripts without spaces between words: Han and the two kana.
LETTERS = r"\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
LETTER = re.compile(f"[{LETTERS}]")
FIRST_LETTER = "\u3041"
BLANK = 32  # and END is below it
PIECE = 1 << 17  # bytes
BASE = 6364136223846793005  # odd, of which every number has an inverse modulo 2**64; Knuth's, for random numbers
INVERSE = pow(BASE, -1, 1 << 64) - ((pow(BASE, -1, 1 << 64) >> 63) << 64)
# Signs inside words that Python takes for no part of them: accents, Hebrew and Arabic points, Indic vowels.
SIGNS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u109f"
# Soft hyphens, joiners and marks of direction: a word is the same word with them and without.
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
NO_WORD = re.compile(rf"[^\x00-\x7f\w{SIGNS}]")
ASCII_WORDS = bytes(code if code > 127 or code == 0 or chr(code).isalnum() else 32 for code in range(256)).lower()


END = "\0"  # between texts: no text of a chat has it


def words(texts: Sequence[str]) -> bytes:
    """The words of texts in UTF-8, casefolded, with blanks between words and END between texts; every letter of Chinese
    and Japanese is a word. Forms of one letter are one: those of Unicode (NFKC), and Russian ё, mostly written as е.

    By a table of 256 and in C, ASCII costs next to nothing, where a regular expression takes three microseconds a text.
    """
    together = END.join(texts)
    if not together.isascii():
        together = END.join([text if text.isascii() else _plain(text) for text in texts])
    return together.encode("utf-8", "surrogatepass").translate(ASCII_WORDS)


def _plain(text: str) -> str:
    if not text.isprintable():
        text = UNSEEN.sub("", text)
    text = normalize("NFKC", text.casefold()).replace("ё", "е")
    if max(text, default="") >= FIRST_LETTER:
        text = LETTER.sub(r" \g<0> ", text)
    return NO_WORD.sub(" ", text)


def word_hashes(texts: bytes) -> tuple[Ints, Ints]:
    """A number for each word of `words`, and which of the texts, counted from 0, it is in; of at most PIECE bytes.

    The number is the sum of the bytes times powers of a constant, modulo 2**64 (Rabin and Karp 1987): of all words at
    once, from running sums over all bytes.
    """
    codes = np.frombuffer(texts, dtype=np.uint8)
    is_letter = np.concatenate(([False], codes > BLANK, [False]))
    edges = np.flatnonzero(is_letter[1:] != is_letter[:-1])
    starts, ends = edges[::2], edges[1::2]
    up, down = _powers()
    sums = np.concatenate(([0], np.cumsum(codes * up[: len(codes)])))
    hashes = (sums[ends] - sums[starts]) * down[starts]
    hashes = (hashes ^ (hashes >> 32)) * ODD  # what is made of them are sums too: not to be a sum of sums
    return hashes, np.searchsorted(np.flatnonzero(codes == 0), starts)


def pieces(texts: bytes) -> Iterator[bytes]:
    """The same in pieces of at most PIECE bytes, cut behind an END, or where none is near in the middle of a text."""
    start = 0
    while len(texts) - start > PIECE:
        stop = texts.rfind(END.encode(), start, start + PIECE) + 1 or start + PIECE
        yield texts[start:stop]
        start = stop
    yield texts[start:]


@cache
def _powers() -> tuple[Ints, Ints]:
    """The powers of BASE and those of its inverse."""
    return tuple(np.cumprod(np.array([1] + [base] * (PIECE - 1), dtype=np.int64)) for base in (BASE, INVERSE))  # type: ignore[return-value]

"""What each token of a tokenizer spells, and which tokens would complete a text."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import Any

import torch
from transformers.convert_slow_tokenizer import bytes_to_unicode

BYTE_LEVEL_BLANK = "\u0120"  # how byte-level tokenizers (GPT-2's and its kin) write a blank
SENTENCEPIECE_BLANK = "\u2581"
LONGEST_CHARACTER = 4  # bytes in UTF-8


class Spelling:
    """The bytes of every token: a character may be spread over several tokens, so text alone does not tell."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokens = token_bytes(tokenizer)
        self._order = sorted(range(len(self.tokens)), key=self.tokens.__getitem__)
        self._sorted = [self.tokens[token] for token in self._order]
        self._within = cache(self._tokens_with)
        self._beginning = cache(self._tokens_that_begin_with)

    def said(self, ids: list[int]) -> bytes:
        """The bytes of these tokens."""
        return b"".join(self.tokens[token] for token in ids)

    def completing(self, text: str, said: bytes) -> list[torch.Tensor]:
        """The ids of the tokens, (n,) each, with which `text` would stand behind or in what is `said`.

        A text that begins with a letter or digit is found where a word begins only: "ok" in "okay", not in "book".
        """
        wanted = text.encode()
        found = [self._within(text)]
        for done in range(len(wanted)):
            if said.endswith(wanted[:done]) and starts_word(text, said[: len(said) - done]):
                found.append(self._beginning(wanted[done:]))
        return found

    def _tokens_with(self, text: str) -> torch.Tensor:
        wanted = text.encode()
        return torch.tensor(
            [at for at, own in enumerate(self.tokens) if is_within(own, wanted, text)], dtype=torch.long
        )

    def _tokens_that_begin_with(self, wanted: bytes) -> torch.Tensor:
        first = bisect_left(self._sorted, wanted)
        last = first
        while last < len(self._sorted) and self._sorted[last].startswith(wanted):
            last += 1
        return torch.tensor(self._order[first:last], dtype=torch.long)


def is_within(own: bytes, wanted: bytes, text: str) -> bool:
    """Whether a token holds the text behind its own first byte, at the beginning of a word."""
    at = own.find(wanted, 1)
    while at > 0:
        if starts_word(text, own[:at]):
            return True
        at = own.find(wanted, at + 1)
    return False


def starts_word(text: str, before: bytes) -> bool:
    """Whether the text may stand behind these bytes: it begins with a sign, or there is no word to be a part of."""
    last = before[-LONGEST_CHARACTER:].decode(errors="ignore")[-1:]
    return not (text[0].isalnum() and last.isalnum())


def token_bytes(tokenizer: Any) -> list[bytes]:
    """The bytes of each token, by id: of byte-level tokenizers by their table, of others with blanks put back."""
    texts = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    added = tokenizer.get_added_vocab()
    if BYTE_LEVEL_BLANK not in tokenizer.get_vocab():
        return [piece_bytes(text or "") for text in texts]
    table = {sign: byte for byte, sign in bytes_to_unicode().items()}

    def spelt(text: str) -> bytes:
        is_plain = text not in added and all(sign in table for sign in text)
        return bytes([table[sign] for sign in text]) if is_plain else text.encode()

    return [spelt(text or "") for text in texts]


def piece_bytes(piece: str) -> bytes:
    """The bytes of a SentencePiece token; `<0x0A>` is one byte."""
    if len(piece) == len("<0x0A>") and piece.startswith("<0x") and piece.endswith(">"):
        return bytes.fromhex(piece[3:5])
    return piece.replace(SENTENCEPIECE_BLANK, " ").encode()

"""Bytes of tokens, whatever the tokenizer, and the tokens that would complete a text."""

import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from doppel.engine.spelling import Spelling, token_bytes
from tests.engine.engine_fakes import make_tokenizer

PIECES = ["<unk>", "\u2581ok", "ok", "o", "k", "ay", "bo", "\u2581bo", "<0x6F>", "no\u2581ok", "\u2581"]


@pytest.fixture(scope="module")
def pieces():
    raw = Tokenizer(models.WordLevel({text: at for at, text in enumerate(PIECES)}, unk_token="<unk>"))
    return PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>")


def completing(tokenizer, text, said):
    spelling = Spelling(tokenizer)
    found = {int(token) for tokens in spelling.completing(text, said) for token in tokens}
    return {spelling.tokens[token] for token in found}


def test_a_byte_is_a_byte_and_a_marker_its_text():
    tokenizer = make_tokenizer()
    spelt = token_bytes(tokenizer)
    assert spelt[:4] == [b"<pad>", b"</s>", b"<|im_start|>", b"<|im_end|>"]
    assert {bytes([byte]) for byte in range(256)} <= set(spelt)
    crab = tokenizer.encode("\U0001f980", add_special_tokens=False)
    assert Spelling(tokenizer).said(crab) == "\U0001f980".encode()


def test_sentencepiece_blanks_and_bytes(pieces):
    assert token_bytes(pieces)[1:] == [b" ok", b"ok", b"o", b"k", b"ay", b"bo", b" bo", b"o", b"no ok", b" "]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (b"", {b" ok", b"ok", b"no ok"}),
        (b"we", {b" ok", b"no ok"}),  # "weok" is another word
        (b"we ", {b" ok", b"ok", b"no ok"}),
        (b"we o", {b" ok", b"no ok", b"k"}),
        (b"bo", {b" ok", b"no ok"}),  # "bok" too
        ("ё".encode(), {b" ok", b"no ok"}),
        ("\U0001f980".encode(), {b" ok", b"ok", b"no ok"}),
    ],
)
def test_a_word_is_completed_where_it_begins(pieces, said, found):
    assert completing(pieces, "ok", said) == found


def test_a_sign_is_completed_wherever_it_stands():
    first, *others = (bytes([byte]) for byte in "\U0001f980".encode())
    tokenizer = make_tokenizer()
    assert completing(tokenizer, "\U0001f980", b"ha" + first + b"".join(others[:2])) == {others[-1]}
    assert completing(tokenizer, "\U0001f980", b"ha" + first) == set()

import logging

import pytest
from tokenizers import Tokenizer, models
from transformers import AddedToken, PreTrainedTokenizerFast

from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.model.padding import ensure_pad


@pytest.fixture
def padless():
    tokenizer = byte_tokenizer()
    tokenizer.pad_token = None
    return tokenizer


def test_an_own_pad_stays(caplog):
    with caplog.at_level(logging.INFO):
        assert ensure_pad(byte_tokenizer()).pad_token == "<|pad|>"
    assert caplog.messages == []


def test_a_token_that_is_named_like_one_is_taken(padless, caplog):
    with caplog.at_level(logging.INFO):
        assert ensure_pad(padless).pad_token_id == 0
    assert caplog.messages == ["the tokenizer has no pad token: <|pad|> fills batches"]


def without_pad():
    backend = Tokenizer(models.BPE(vocab={"a": 0, "</s>": 1, "<unk>": 2}, merges=[]))
    return PreTrainedTokenizerFast(tokenizer_object=backend)


def test_else_unk_then_the_end_token():
    tokenizer = without_pad()
    tokenizer.eos_token = AddedToken("</s>", special=True)
    assert ensure_pad(tokenizer).pad_token_id == 1
    tokenizer = without_pad()
    tokenizer.eos_token = "</s>"
    tokenizer.unk_token = "<unk>"
    assert ensure_pad(tokenizer).pad_token_id == 2


def test_without_any_of_these_it_is_refused():
    with pytest.raises(ModelError, match="neither a pad, an unk nor an eos token"):
        ensure_pad(without_pad())

import logging

import pytest

from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.model.rows import within_rows
from tests.markup.real_tokenizers import fred_tokenizer


def test_a_tokenizer_within_the_rows_stays(caplog):
    tokenizer = byte_tokenizer()
    with caplog.at_level(logging.INFO):
        assert within_rows(tokenizer, 259, "m") is tokenizer
        assert within_rows(tokenizer, None, "m") is tokenizer
    assert caplog.messages == []


def test_freds_unknown_token_becomes_words(shared_data, caplog, tmp_path):
    tokenizer = fred_tokenizer(shared_data)
    assert tokenizer("<|endoftext|>")["input_ids"] == [50364]
    with caplog.at_level(logging.INFO):
        tokenizer = within_rows(tokenizer, 50364, "fred")
    assert caplog.messages == [
        "1 of the tokenizer's tokens, such as <|endoftext|>, are beyond the 50364 rows of the model: their text is "
        "read as words"
    ]
    assert (len(tokenizer), tokenizer.unk_token, tokenizer.unk_token_id) == (50364, None, None)
    ids = tokenizer("<|endoftext|> привет<extra_id_0></s>")["input_ids"]
    assert tokenizer.decode(ids) == "<|endoftext|> привет<extra_id_0></s>"
    assert max(ids) == 50257
    assert ids[-1] == 2
    tokenizer.save_pretrained(tmp_path)
    assert tokenizer.add_tokens(["Нелл"]) == 1
    assert tokenizer.convert_tokens_to_ids("Нелл") == 50364


def test_a_tokenizer_of_another_model_is_refused():
    with pytest.raises(ModelError, match=r"m: the tokenizer has 159 tokens beyond the 100 rows .* another model"):
        within_rows(byte_tokenizer(), 100, "m")

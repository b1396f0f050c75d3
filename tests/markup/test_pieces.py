import shutil

import pytest
from transformers import AutoTokenizer, LlamaTokenizerFast

from doppel.markup.pieces import Pieces, added_around
from doppel.types import Segment


def frame(text):
    return Segment(text, is_learnt=False, is_frame=True)


def words(text):
    return Segment(text, is_learnt=False, is_frame=False)


@pytest.fixture(scope="session")
def fred(shared_data):
    return AutoTokenizer.from_pretrained(shared_data / "tok_fred_t5_siberian" / "models" / "SiberianPersona")


@pytest.fixture(scope="session")
def mistral(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistral")
    shutil.copy(shared_data / "tok_mistral" / "tokenizer.model.v1", folder / "tokenizer.model")
    return LlamaTokenizerFast.from_pretrained(folder, add_bos_token=True)


def test_frame_becomes_special_tokens_and_words_do_not(byte_level):
    pieces = Pieces(byte_level)
    assert pieces.encode(frame("<|im_end|>\n")) == (2, 13)
    assert pieces.encode(words("<|im_end|>")) == tuple(byte + 3 for byte in b"<|im_end|>")
    assert pieces.encode(frame("<|im_end|>")) == (2,)  # the same object, asked again: no state is left behind


def test_what_a_tokenizer_adds_is_asked_of_it(byte_level, fred, mistral):
    assert added_around(byte_level) == ((), ())
    assert added_around(fred) == ((), ())
    assert added_around(mistral) == ((1,), ())


@pytest.mark.parametrize("name", ["byte_level", "fred", "mistral"])
def test_pieces_join_to_the_text_whatever_is_in_it(name, nasty, request):
    pieces = Pieces(request.getfixturevalue(name))
    segments = [piece for text in nasty for piece in (frame("<|im_start|>"), words(f" {text}"), frame("\n"))]
    ids = [token for segment in segments for token in pieces.encode(segment)]
    assert pieces.decode(ids) == "".join(segment.text for segment in segments)


def test_sentencepiece_is_anchored_by_a_newline(mistral):
    pieces = Pieces(mistral)
    assert pieces.anchor == "\n"
    assert pieces.encode(words("hi")) == (5365,)  # "hi", not "_hi"
    assert pieces.encode(words(" hi")) == (12014,)
    assert pieces.encode(words("")) == ()


def test_words_of_fred_cannot_become_its_end_token(fred):
    assert 2 in fred("</s>")["input_ids"]
    assert 2 not in Pieces(fred).encode(words("</s>"))

import shutil

import pytest
import torch
from transformers import AutoTokenizer, LlamaTokenizerFast

from doppel.markup.pieces import Pieces
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.model.name_tokens import add_names, make_rows
from doppel.types import Segment


def test_names_become_one_token_and_are_found_as_whole_words():
    tokenizer = byte_tokenizer()
    assert add_names(tokenizer, ["Anna B", "Никита"]) == {
        259: [68, 113, 113, 100, 35, 69],
        260: [211, 160, 211, 187, 211, 189, 211, 187, 212, 133, 211, 179],
    }
    ids = tokenizer("Anna B\nAnnabel, Никита", add_special_tokens=False, split_special_tokens=True)["input_ids"]
    assert ids == [259, 13, *(byte + 3 for byte in b"Annabel, "), 260]
    assert tokenizer.decode(ids) == "Anna B\nAnnabel, Никита"
    assert add_names(byte_tokenizer(), []) == {}


def test_what_is_one_token_stays_one():
    tokenizer = byte_tokenizer()
    assert add_names(tokenizer, ["A"]) == {}
    assert len(tokenizer) == 259


@pytest.fixture
def real_tokenizer(request, shared_data, tmp_path):
    """A tokenizer that people use, by the name of its family."""
    if request.param == "fred":
        return AutoTokenizer.from_pretrained(shared_data / "tok_fred_t5_siberian" / "models" / "SiberianPersona")
    shutil.copy(shared_data / "tok_mistral" / "tokenizer.model.v1", tmp_path / "tokenizer.model")
    return LlamaTokenizerFast.from_pretrained(tmp_path, add_bos_token=True)


@pytest.mark.parametrize("real_tokenizer", ["fred", "mistral"], indirect=True)
def test_real_tokenizers_give_back_what_stands_around_a_name(real_tokenizer):
    tokenizer = real_tokenizer
    before = len(tokenizer)
    added = add_names(tokenizer, ["Анна К", "Jess Müller"])
    assert len(added) == 2
    assert min(added) >= before - 1
    pieces = Pieces(tokenizer)
    texts = ["Анна К\n", "привет, Jess Müller!", "Jess Müller\n", ">>> hi"]
    ids = [token for text in texts for token in pieces.encode(Segment(text, is_learnt=False, is_frame=False))]
    assert pieces.decode(ids) == "".join(texts)
    assert sum(token in added for token in ids) == 3


@pytest.mark.parametrize("rows", [259, 300])
def test_a_new_row_is_the_mean_of_its_pieces(rows):
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=rows, **sizes, pad_token_id=0))
    tables = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    before = [table.detach().clone() for table in tables]
    make_rows(model, {259: [5, 6], 260: [7, 8]})
    after = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    assert model.config.vocab_size == max(rows, 261)
    for old, new in zip(before, after, strict=True):
        assert len(new) == max(rows, 261)
        assert torch.equal(new[:259], old[:259])
        assert torch.equal(new[261:], old[261:])
        assert torch.allclose(new[259], old[[5, 6]].mean(0))
        assert torch.allclose(new[260], old[[7, 8]].mean(0))

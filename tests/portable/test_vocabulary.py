"""Which of llama.cpp's ways to cut text is a tokenizer's own: asked, not guessed by name."""

import json

import pytest

from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.portable.vocabulary import PROBES, agreeing, vocabularies
from doppel.portable.weights import write


def test_the_first_way_that_gives_every_probe_its_ids_is_taken(model_folder):
    tokenizer = byte_tokenizer()
    own = [tokenizer.encode(text) for text in PROBES]
    ways = list(vocabularies(model_folder("llama"), tokenizer))
    asked = []

    def ids_of(vocabulary, texts):
        asked.append(vocabulary.way)
        return own if vocabulary.way == "qwen2" else [ids[:-1] for ids in own]

    assert agreeing(iter(ways), ids_of) == (ways[2], True)
    assert asked == ["smollm", "llama-bpe", "qwen2"]
    assert agreeing(iter(ways), lambda *_: []) == (ways[0], False)


def test_another_kind_of_tokenizer_is_refused(model_folder):
    folder = model_folder("llama")
    told = json.loads((folder / "tokenizer.json").read_text())
    told["model"]["type"] = "Unigram"
    (folder / "tokenizer.json").write_text(json.dumps(told))
    with pytest.raises(ModelError, match="BPE tokenizers only, not of Unigram"):
        next(vocabularies(folder, byte_tokenizer()))


@pytest.mark.slow
def test_llama_cpp_cuts_text_as_smollm2_does(llama, tmp_path):
    from doppel.model.smollm2_135m import SmolLM2
    from doppel.portable.llama import ids_of

    model = SmolLM2()
    tokenizer = model.tokenizer()
    folder = tmp_path / "model"
    model.load({}).model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

    def cut(vocabulary, texts):
        write(folder, tmp_path / "tokens.gguf", vocabulary, has_tensors=False)
        return ids_of(llama, tmp_path / "tokens.gguf", texts)

    vocabulary, is_same = agreeing(vocabularies(folder, tokenizer), cut)
    assert (vocabulary.way, is_same) == ("smollm", True)

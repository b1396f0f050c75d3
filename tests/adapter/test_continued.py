import json

import pytest

from doppel.adapter.continued import require_same_names
from doppel.adapter.merging import sha256_of
from doppel.errors import ModelError
from tests.adapter.kinds import applied, lora


@pytest.fixture
def saved(load, tmp_path):
    """The folder of an adapter of rank 2."""
    adapter, model = applied("lora", load("causal").model, "causal")
    adapter.save(model, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"rank": 3}, "adapter.rank is 3 here and 2 there"),
        ({"alpha": 2.0}, "adapter.alpha is 2.0 here and 4.0 there"),
        ({"targets": ["q_proj"]}, r"adapter.targets is \['q_proj'\] here and \['model.layers.0.mlp.down_proj'"),
        ({"is_decomposed": True}, "use_dora is True here and False there"),
        ({"scaling": "sqrt_rank"}, "use_rslora is True here and False there"),
    ],
)
def test_another_kind_is_refused_with_what_differs(load, saved, changes, difference):
    model = lora(**changes).apply(load("causal").model, "causal")
    with pytest.raises(ModelError, match=f"is not of the kind that this run trains: .*{difference}"):
        lora(**changes).start_from(model, saved)


def test_another_method_is_refused(load, saved):
    adapter, model = applied("ia3", load("causal").model, "causal")
    with pytest.raises(ModelError, match="peft_type is IA3 here and LORA there"):
        adapter.start_from(model, saved)


def test_dropout_may_differ(load, saved):
    lora(dropout=0.5).start_from(lora(dropout=0.5).apply(load("causal").model, "causal"), saved)


def test_a_folder_without_an_adapter_is_refused(load, tmp_path):
    adapter, model = applied("lora", load("causal").model, "causal")
    with pytest.raises(ModelError, match="holds no adapter that can be gone on from"):
        adapter.start_from(model, tmp_path)


def test_damaged_weights_are_told(load, saved):
    (saved / "adapter_model.safetensors").write_bytes(b"x" * 100)
    adapter, model = applied("lora", load("causal").model, "causal")
    with pytest.raises(ModelError, match="does not fit this base"):
        adapter.start_from(model, saved)


class Tokenizer:
    def convert_ids_to_tokens(self, number):
        return {5: "Anna", 6: "Ben"}[number]


def test_new_tokens_must_be_the_same_words(tmp_path):
    require_same_names(tmp_path, [], Tokenizer())
    names = [{"id": 5, "content": "Anna"}, {"id": 6, "content": "Bob"}]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"added_tokens": names}))
    require_same_names(tmp_path, [5], Tokenizer())
    with pytest.raises(ModelError, match="1 of the 2 names that are tokens here are none in"):
        require_same_names(tmp_path, [5, 6], Tokenizer())


def test_weights_have_a_fingerprint_or_are_missed(saved, tmp_path):
    assert len(sha256_of(saved)) == 64
    with pytest.raises(ModelError, match="holds no adapter any more"):
        sha256_of(tmp_path / "elsewhere")

import json

import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration, GPT2Config, GPT2LMHeadModel

from doppel.adapter.freeze import Freeze
from doppel.errors import ModelError
from tests.adapter.kinds import logits_of, train


def trained_names(model):
    return [name for name, weights in model.named_parameters() if weights.requires_grad]


def test_the_last_blocks_are_trained_and_nothing_else(load):
    names = trained_names(Freeze(layers=1).apply(load("causal").model, "causal"))
    assert len(names) == 9
    assert all(name.startswith("model.layers.1.") for name in names)


def test_an_encoder_decoder_has_two_stacks(load):
    names = trained_names(Freeze(layers=1).apply(load("seq2seq").model, "seq2seq"))
    assert {name.rpartition(".layer.")[0] for name in names} == {"encoder.block.1", "decoder.block.1"}


@pytest.mark.parametrize(
    ("model", "architecture", "stacks"),
    [
        (GPT2LMHeadModel(GPT2Config(n_embd=16, n_layer=3, n_head=2)), "causal", {"transformer.h.2"}),
        (
            BartForConditionalGeneration(
                BartConfig(d_model=16, encoder_layers=3, decoder_layers=2, encoder_ffn_dim=8, decoder_ffn_dim=8)
            ),
            "seq2seq",
            {"model.encoder.layers.2", "model.decoder.layers.1"},
        ),
    ],
)
def test_other_families_keep_their_blocks_elsewhere(model, architecture, stacks):
    names = trained_names(Freeze(layers=1).apply(model, architecture))
    assert {stack for stack in stacks for name in names if name.startswith(f"{stack}.")} == stacks
    assert all(any(name.startswith(f"{stack}.") for stack in stacks) for name in names)


def test_more_layers_than_there_are_is_refused(load):
    with pytest.raises(ModelError, match=r"adapter.layers=3 are more than the 2 of the model: type adapter.layers=1"):
        Freeze(layers=3).apply(load("causal").model, "causal")


def test_what_is_saved_says_of_which_base_it_is(load, tmp_path):
    loaded = load("causal")
    Freeze(layers=1).save(Freeze(layers=1).apply(loaded.model, "causal"), tmp_path)
    facts = json.loads((tmp_path / "layers.json").read_text())
    assert facts == {"base_model_name_or_path": loaded.source, "layers": 1, "tensors": 9}


def test_a_folder_without_layers_is_refused(load, tmp_path):
    with pytest.raises(ModelError, match="holds no trained layers"):
        Freeze(layers=1).load(load("causal").model, tmp_path)


def test_layers_of_another_base_are_refused(load, tmp_path):
    Freeze(layers=1).save(Freeze(layers=1).apply(load("causal").model, "causal"), tmp_path)
    with pytest.raises(ModelError, match="are not of this base"):
        Freeze(layers=1).load(load("seq2seq").model, tmp_path)


def test_going_on_with_more_layers_is_refused(load, tmp_path):
    model = Freeze(layers=1).apply(load("causal").model, "causal")
    Freeze(layers=1).save(model, tmp_path)
    with pytest.raises(ModelError, match=r"holds the last 1 layers and adapter\.layers=2: type adapter\.layers=1"):
        Freeze(layers=2).start_from(Freeze(layers=2).apply(load("causal").model, "causal"), tmp_path)


def test_a_16_bit_base_is_trained_in_16_bits(load):
    model = Freeze(layers=1).apply(load("causal", "bfloat16").model, "causal")
    train(model)
    assert logits_of(model).dtype == torch.bfloat16

import json

import pytest
import torch

from doppel.adapter.pissa import PiSSA
from tests.adapter.kinds import LORA, applied, logits_of, train


@pytest.mark.parametrize("svd_iterations", [None, 16])
def test_the_largest_components_leave_the_base_and_are_trained(load, svd_iterations):
    loaded = load("causal")
    whole = loaded.model.model.layers[0].self_attn.q_proj.weight.clone()
    torch.manual_seed(0)
    model = PiSSA(**LORA, svd_iterations=svd_iterations).apply(loaded.model, "causal")
    layer = model.base_model.model.model.layers[0].self_attn.q_proj
    taken = 2 * layer.lora_B["default"].weight @ layer.lora_A["default"].weight  # alpha / rank = 2
    torch.testing.assert_close(layer.base_layer.weight + taken, whole)
    largest = torch.linalg.svdvals(whole)[:2]
    torch.testing.assert_close(torch.linalg.svdvals(taken)[:2], largest, rtol=0.05, atol=0)


def test_what_is_saved_is_a_plain_lora_of_twice_the_rank(load, tmp_path):
    adapter, model = applied("pissa", load("causal").model, "causal")
    adapter.save(model, tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["init_lora_weights"]) == (4, 8.0, True)
    assert model.peft_config["default"].r == 2  # training goes on as it was
    again = adapter.load(load("causal").model, tmp_path)
    with torch.no_grad():
        torch.testing.assert_close(logits_of(again), logits_of(load("causal").model), rtol=0, atol=2e-6)


def test_biases_that_are_trained_are_saved_with_it(load, tmp_path):
    adapter = PiSSA(**LORA | {"bias": "all"}, svd_iterations=4)
    model = adapter.apply(load("causal").model, "causal")
    train(model)
    adapter.save(model, tmp_path)
    again = adapter.load(load("causal").model, tmp_path)
    with torch.no_grad():
        torch.testing.assert_close(logits_of(again), logits_of(model), rtol=0, atol=2e-5)

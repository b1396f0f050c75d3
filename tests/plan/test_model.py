"""Architectures that ship, as models without weights."""

from typing import Any

import pytest

from doppel.commands.plan_model import known_model, shapes
from doppel.commands.plan_step import known_weights
from doppel.config.compose import compose
from doppel.plan.architecture import shipped


def composed(*words: str) -> dict[str, Any]:
    config, faults = compose("plan", list(words))
    assert faults == []
    return config


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("fred_t5_large", 0.8204),
        ("fred_t5_1_7b", 1.7403),
        ("mistral_7b", 7.2417),
        ("dolphin_mistral_7b", 7.2418),
        ("yandexgpt_5_lite_8b", 8.0366),
        ("dolly_v2_3b", 2.7751),
        ("dolly_v2_7b", 6.8561),
        ("rugpt_3_5_13b", 12.8535),
        ("llama_2_7b", 6.7384),
        ("falcon_7b", 6.9217),
        ("qwen3_0_6b", 0.5960),
        ("qwen3_4b", 4.0225),
        ("qwen3_8b", 8.1907),
        ("smollm2_135m", 0.1345),
    ],
)
def test_a_shipped_architecture_has_the_weights_that_its_card_says(model: str, billions: float) -> None:
    config = composed(f"model={model}", "adapter=full", "precision=bf16")
    known = known_model(config)
    assert known.source == "ships with doppel"
    assert known_weights(shapes(config, known)[0]) / 1e9 == pytest.approx(billions, abs=2e-4)


def test_every_model_that_doppel_names_ships() -> None:
    assert len(shipped()) >= 22
    for facts in shipped().values():
        assert "model_type" in facts


@pytest.mark.parametrize(
    ("precision", "bytes_each"), [("nf4", 0.5 + 4 / 64), ("nf4_double", 0.5 + 1 / 64), ("int8", 1.0)]
)
def test_quantised_layers_take_what_bitsandbytes_says(precision: str, bytes_each: float) -> None:
    config = composed("model=mistral_7b", f"precision={precision}", "adapter=ia3")
    known = known_model(config)
    model, beside = shapes(config, known, layers=2)
    linear = [
        parameter
        for name, parameter in model.named_parameters()
        if "layers" in name and not parameter.requires_grad and "norm" not in name
    ]
    weights = 2 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 4096 * 14336)
    held = sum(parameter.nbytes for parameter in linear) + sum(tensor.nbytes for _, tensor in beside)
    assert held / weights == pytest.approx(bytes_each, rel=2e-3)

"""The presets bind to the class, and the ranges that hold between two values."""

from pathlib import Path

import pytest
import yaml

from doppel.errors import ConfigError
from doppel.generation.sampling import Sampling

CONF = Path(__file__).resolve().parents[2] / "conf" / "generation"


def values(name: str) -> dict:
    return yaml.safe_load((CONF / f"{name}.yaml").read_text())


def test_default_preset_gives_exactly_the_parameters():
    settings = values("default")
    assert settings.pop("_target_") == "doppel.generation.sampling.Sampling"
    sampling = Sampling(**settings)
    assert sampling == Sampling(
        do_sample=True,
        temperature=0.8,
        top_p=0.9,
        top_k=0,
        repetition_penalty=1.1,
        unrepeated_tokens=0,
        banned=[],
        discouraged=[],
        discouragement=3.0,
        min_new_tokens=1,
        max_new_tokens=128,
    )


def test_greedy_overlays_the_default():
    assert values("greedy") == {"defaults": ["default", "_self_"], "do_sample": False}


def test_a_shortest_reply_above_the_longest_is_refused():
    settings = values("default") | {"min_new_tokens": 200}
    del settings["_target_"]
    with pytest.raises(ConfigError) as refused:
        Sampling(**settings)
    assert str(refused.value) == (
        "generation.min_new_tokens=200 is above generation.max_new_tokens=128: no reply can be that long. "
        "Say generation.max_new_tokens=200 or more"
    )


@pytest.mark.parametrize("name", ["banned", "discouraged"])
def test_an_empty_text_is_no_text_to_keep_out(name):
    settings = values("default") | {name: ["ok", " "]}
    del settings["_target_"]
    with pytest.raises(ConfigError, match=f"generation.{name} holds an empty text"):
        Sampling(**settings)

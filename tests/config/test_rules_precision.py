import importlib.util
import json
from typing import Any

import pytest

from doppel.config.compose import compose
from doppel.config.rules_precision import RULES_PRECISION

UNUSED = ["strategy=ddp", "strategy.find_unused_parameters=true", "training.gradient_checkpointing=true"]


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.config.rules_precision.gpu_capabilities", lambda: ())


@pytest.fixture
def one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.config.rules_precision.gpu_capabilities", lambda: ((9, 0),))


def broken(*overrides: str) -> set[str]:
    config: dict[str, Any] = compose("train", list(overrides))[0]
    return {rule.id for rule in RULES_PRECISION if rule.is_broken_by(config)}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        (["precision=nf4"], set()),
        (["precision=int8", "model=tiny_seq2seq", "training.gradient_checkpointing=true"], set()),
        (["adapter=qlora"], set()),
        (["precision=int8", "adapter=full"], {"quantised x full"}),
        (["precision=nf4_double", "adapter=freeze"], {"quantised x full"}),
        (["precision=fp16_mixed"], {"fp16 mixed x CPU"}),
        (["precision=fp16_mixed", "trainer.accelerator=gpu"], set()),
        (["precision=fp16_mixed", "trainer.accelerator=gpu", "model=tiny_seq2seq"], {"fp16 x T5"}),
        (["precision=fp32", "precision.weights=float16", "model=tiny_seq2seq"], {"fp16 x T5"}),
        (["precision=fp32", "precision.weights=float16"], set()),
        (["precision=fp32", "precision.weights=float16", "adapter=full"], {"fp16 weights x eps"}),
        (["precision=fp32", "precision.weights=float16", "adapter=full", "optimizer.eps=1e-4"], set()),
        (["precision=fp32", "precision.weights=float16", "adapter=full", "optimizer=adamw_8bit"], set()),
        (["precision=fp32", "precision.weights=float16", "adapter=full", "optimizer=sgd"], set()),
        (["training.offloads_activations=true"], {"offload x CPU"}),
        ([*UNUSED, "precision=int8"], {"int8 checkpointing x unused parameters"}),
        ([*UNUSED, "precision=nf4"], set()),
    ],
)
def test_a_combination_breaks_the_rules_that_name_it(overrides: list[str], rules: set[str]) -> None:
    assert broken(*overrides) == rules


def test_where_there_is_a_gpu_mixed_fp16_and_offloading_are_sound(one_gpu: None) -> None:
    assert broken("precision=fp16_mixed", "training.offloads_activations=true") == set()
    assert broken("precision=fp16_mixed", "trainer.accelerator=cpu") == {"fp16 mixed x CPU"}
    fp16 = ["precision=fp16_mixed", "precision.weights=float16", "adapter=full", "optimizer=sgd"]
    assert broken(*fp16) == {"fp16 weights x fp16 mixed"}


@pytest.mark.parametrize(
    ("name", "config", "is_refused"),
    [
        ("model", {"model_type": "t5"}, True),
        ("flan-t5", {"model_type": "bart"}, False),
        ("FRED-T5-large", None, True),
        ("bart-base", None, False),
    ],
)
def test_t5_is_known_by_its_config_else_by_its_name(tmp_path, one_gpu, name, config, is_refused) -> None:
    folder = tmp_path / name
    if config is not None:
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
    words = ["precision=fp16_mixed", "model=seq2seq", f"model.path={folder}"]
    assert broken(*words) == ({"fp16 x T5"} if is_refused else set())


def test_what_needs_bitsandbytes_says_so_before_a_model_is_loaded(monkeypatch, refused) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert broken("precision=nf4") == {"quantised x bitsandbytes"}
    assert broken("optimizer=lion") == {"optimizer x bitsandbytes"}
    assert broken("optimizer=adamw", "precision=bf16") == set()
    told = refused("train", "precision=int8", "optimizer=paged_adamw_8bit", "source=demo")
    assert told.count('type pip install "doppel[quantized]"') == 2


@pytest.mark.parametrize("word", ["optimizer.lr=0", "optimizer.optim_bits=4", "optimizer.betas=[1.0,0.9]"])
def test_a_value_that_bitsandbytes_would_refuse_late_is_refused(word: str, refused) -> None:
    assert "is refused: " in refused("train", "optimizer=lion", "source=demo", word)

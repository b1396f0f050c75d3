import importlib.util
from typing import Any

import pytest

from doppel.config.compose import compose
from doppel.config.rules_training import RULES_TRAINING

FLASH = "training.attention=flash_attention_2"
LIGER = "training.kernels=liger"


def set_gpus(monkeypatch: pytest.MonkeyPatch, *capabilities: tuple[int, int]) -> None:
    for module in ("rules_training", "rules_precision"):
        monkeypatch.setattr(f"doppel.config.{module}.gpu_capabilities", lambda: capabilities)


@pytest.fixture
def all_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.config.rules_training.importlib.util.find_spec", lambda name: object())


def broken(*overrides: str) -> set[str]:
    config: dict[str, Any] = compose("train", ["precision=bf16", *overrides])[0]
    return {rule.id for rule in RULES_TRAINING if rule.is_broken_by(config)}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([], set()),
        ([FLASH], {"flash attention x CPU"}),
        (["training.attention=sdpa"], set()),
        ([LIGER], {"liger x CPU"}),
        (["training.compiles=true"], set()),
    ],
)
def test_on_a_cpu(overrides, rules, monkeypatch, all_installed) -> None:
    set_gpus(monkeypatch)
    monkeypatch.setattr("doppel.config.rules_training.shutil.which", lambda name: f"/bin/{name}")
    assert broken(*overrides) == rules


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([FLASH], set()),
        (["training.attention=flash_attention_3"], {"flash attention x old GPU"}),
        ([FLASH, "precision=fp32"], {"flash attention x fp32"}),
        ([FLASH, "precision=bf16_mixed"], set()),
        ([FLASH, "model=tiny_seq2seq"], {"flash attention x T5"}),
        ([FLASH, "trainer.accelerator=cpu"], {"flash attention x CPU"}),
        ([LIGER], set()),
        ([LIGER, "model=tiny_seq2seq"], {"liger x seq2seq"}),
    ],
)
def test_on_a_gpu(overrides, rules, monkeypatch, all_installed) -> None:
    set_gpus(monkeypatch, (8, 0))
    assert broken(*overrides) == rules


def test_libraries_that_are_missing(monkeypatch) -> None:
    set_gpus(monkeypatch, (9, 0))
    found = importlib.util.find_spec
    missing = ("flash_attn", "liger_kernel")
    monkeypatch.setattr(
        "doppel.config.rules_training.importlib.util.find_spec",
        lambda name, *more: None if name in missing else found(name, *more),
    )
    assert broken(FLASH, LIGER) == {"flash attention x missing", "liger x missing"}


def test_no_compiler(monkeypatch) -> None:
    set_gpus(monkeypatch)
    monkeypatch.setattr("doppel.config.rules_training.shutil.which", lambda name: None)
    assert broken("training.compiles=true") == {"compiles x no compiler"}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        (["evaluate=quick"], set()),
        (["evaluate=quick", "objective=evaluation/likelihood.nats_per_token"], set()),
        (["evaluate=full", "objective=evaluation/likelihood.nats_per_token"], {"evaluation objective x evaluation"}),
        (["objective=evaluation/likelihood.bits_per_character"], {"evaluation objective x evaluation"}),
        (["evaluate=quick", "objective=evaluation/preference.hits"], {"evaluation objective x name"}),
        (["evaluate=quick", "objective=evaluation/preference.mrr_own"], {"evaluation objective x direction"}),
    ],
)
def test_an_objective_of_the_evaluation(overrides: list[str], rules: set[str]) -> None:
    assert broken(*overrides) == rules

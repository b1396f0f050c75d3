from typing import Any

import pytest

from doppel.config.compose import compose
from doppel.config.rules_adapter import RULES_ADAPTER


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.config.rules_precision.gpu_capabilities", lambda: ())


def broken(*overrides: str) -> set[str]:
    config: dict[str, Any] = compose("train", list(overrides))[0]
    return {rule.id for rule in RULES_ADAPTER if rule.is_broken_by(config)}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([], set()),
        (["adapter=prompt", "batches=packed"], {"prompt x packed"}),
        (["adapter=prompt"], set()),
        (["adapter=pissa", "precision=nf4"], {"pissa x quantised"}),
        (["adapter=dora", "precision=int8"], {"dora x int8 x CPU"}),
        (["adapter=dora", "precision=nf4"], set()),
        (["adapter=ia3", "precision=int8"], set()),
        *(
            (["name_tokens=3", f"adapter={option}"], {"names x adapter"})
            for option in ("pissa", "ia3", "prompt", "freeze")
        ),
        *(
            (["name_tokens=[Anna]", f"adapter={option}"], set())
            for option in ("lora", "qlora", "dora", "rslora", "full")
        ),
        (["continue_from=run", "adapter=full"], {"continue x full"}),
        (["continue_from=run", "adapter=pissa"], {"continue x pissa"}),
        (["continue_from=run", "adapter=ia3"], set()),
        (["merged_adapters=[run]", "precision=int8"], {"merged x quantised"}),
        (["merged_adapters=[run]"], set()),
    ],
)
def test_a_combination_breaks_the_rules_that_name_it(overrides: list[str], rules: set[str]) -> None:
    assert broken(*overrides) == rules


def parts(*overrides: str) -> tuple[str | None, str, bool, int]:
    """What adapter=qlora is a composition of."""
    config, faults = compose("train", list(overrides))
    assert faults == []
    optimizer = config["optimizer"]["_target_"].rpartition(".")[2]
    checkpointing = config["training"]["gradient_checkpointing"]
    return config["precision"]["quantization"], optimizer, checkpointing, config["adapter"]["rank"]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["adapter=lora"], (None, "AdamW", False, 16)),
        (["adapter=qlora"], ("nf4_double", "PagedAdamW8bit", True, 64)),
        (["adapter=qlora", "precision=int8"], ("int8", "PagedAdamW8bit", True, 64)),
        (["precision=int8", "adapter=qlora"], ("int8", "PagedAdamW8bit", True, 64)),
        (["adapter=qlora", "optimizer=adamw", "adapter.rank=8"], ("nf4_double", "AdamW", True, 8)),
        (["adapter=qlora", "training.gradient_checkpointing=false"], ("nf4_double", "PagedAdamW8bit", False, 64)),
    ],
)
def test_qlora_brings_its_parts_and_each_of_them_gives_way(
    overrides: list[str], expected: tuple[str | None, str, bool, int]
) -> None:
    assert parts(*overrides) == expected

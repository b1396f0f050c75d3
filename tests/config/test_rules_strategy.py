import pytest

from doppel.config import rules_strategy
from tests.config.test_rules import broken

TWO = "trainer.devices=2"
GPUS = "doppel.config.rules_precision.gpu_capabilities"


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rules", "rules_precision", "rules_strategy"):
        monkeypatch.setattr(f"doppel.config.{module}.gpu_capabilities", lambda: ())


@pytest.mark.parametrize("strategy", ["ddp", "fsdp", "zero1", "zero2", "zero3"])
def test_processes_come_in_numbers(strategy: str) -> None:
    assert broken(f"strategy={strategy}") == set()
    assert broken(f"strategy={strategy}", "trainer.devices=1") == {"several processes x one device"}
    assert broken("strategy=single", TWO) == {"single x devices"}


def test_what_is_kept_in_main_memory() -> None:
    assert broken("strategy=fsdp_offload") == {"fsdp offload x CPU"}
    assert broken("strategy=zero3_offload") == set()
    assert broken("strategy=zero3_offload", "trainer.devices=1") == set()
    assert broken("strategy=zero2", "strategy.offloads_optimizer=true") == set()
    assert broken("strategy=zero2", "strategy.offloads_weights=true") == {"offloaded weights x stage"}


def test_a_gpu_takes_weights_from_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rules", "rules_precision", "rules_strategy"):
        monkeypatch.setattr(f"doppel.config.{module}.gpu_capabilities", lambda: ((9, 0), (9, 0)))
    assert broken("strategy=fsdp_offload") == set()
    assert broken("strategy=zero2", "trainer.accelerator=cpu") == {"zero x CPU beside GPUs"}


@pytest.mark.parametrize("strategy", ["fsdp", "zero1", "zero2", "zero3"])
def test_what_needs_whole_tensors(strategy: str) -> None:
    sharded = f"strategy={strategy}"
    assert broken(sharded, "optimizer=adafactor") == {"adafactor x sharded"}
    assert broken(sharded, "optimizer=adamw_8bit") == {"bitsandbytes optimizer x sharded"}
    assert broken(sharded, "optimizer=lion") == ({"bitsandbytes optimizer x sharded"} if strategy == "fsdp" else set())
    assert "fp16 x sharded" in broken(sharded, "precision=fp16_mixed")
    assert broken("strategy=ddp", "optimizer=adafactor") == set()


def test_deepspeed_is_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_strategy.importlib.util, "find_spec", lambda _name: None)
    assert "zero x DeepSpeed" in broken("strategy=zero1")
    assert "zero x DeepSpeed" not in broken("strategy=fsdp")


def test_a_quantised_base_is_spread_where_that_works() -> None:
    assert broken("strategy=fsdp", "precision=int8") == {"int8 x fsdp"}
    for words in [("fsdp", "nf4"), ("zero2", "nf4"), ("zero3", "nf4"), ("zero2", "int8"), ("zero3", "int8")]:
        assert broken(f"strategy={words[0]}", f"precision={words[1]}") == set()
    dora = ["adapter=dora", "precision=nf4"]
    assert broken(*dora, "strategy=zero3") == {"dora in 4 bits x zero3 x CPU"}
    assert broken(*dora, "strategy=zero2") == set()

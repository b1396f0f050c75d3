from typing import Any

import pytest

from doppel.commands.spreading import is_of_spreading, refuse_other_steps, strategy_named, told
from doppel.errors import ConfigError


def config(devices: int, batch_size: int, accumulate: int = 1) -> dict[str, Any]:
    trainer = {"devices": devices, "num_nodes": 1, "accumulate_grad_batches": accumulate}
    return {"trainer": trainer, "batches": {"batch_size": batch_size}}


def test_keys_that_say_how_a_run_is_spread() -> None:
    keys = ("strategy", "strategy.offloads_weights", "trainer.devices", "batches.batch_size")
    assert all(map(is_of_spreading, keys))
    assert not any(map(is_of_spreading, ("batches.max_tokens", "trainer.max_steps", "strategyx")))


def test_a_strategy_by_its_name() -> None:
    assert strategy_named("zero3")["stage"] == 3
    with pytest.raises(ConfigError, match="zero4"):
        strategy_named("zero4")


@pytest.mark.parametrize("after", [config(2, 4), config(4, 1, 2), config(1, 8)])
def test_a_step_keeps_its_rows(after: dict[str, Any]) -> None:
    refuse_other_steps(config(1, 4, 2), after)


@pytest.mark.parametrize(
    ("after", "remedy"),
    [
        (config(2, 2, 1), "from 4 rows, and did from 8.*batches.batch_size=2 trainer.accumulate_grad_batches=2"),
        (config(2, 3, 1), "batches.batch_size=4 trainer.accumulate_grad_batches=1"),
        (config(3, 2, 1), "a trainer.devices that divides 8"),
    ],
)
def test_other_steps_are_another_run(after: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ConfigError, match=remedy):
        refuse_other_steps(config(1, 8), after)


def test_what_changes_with_the_number_of_processes_is_told() -> None:
    assert told(config(2, 4), config(2, 2, 2)) is None
    assert "spread over 2 instead of 1 processes" in str(told(config(1, 4), config(2, 2)))

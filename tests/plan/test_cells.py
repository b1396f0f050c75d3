"""Every cell of the support matrix that trains can be planned, and says what of it is not modelled."""

from pathlib import Path
from typing import Any

import pytest

from doppel.commands.plan_model import known_model
from doppel.commands.plan_search import Steps, longest, not_modelled
from doppel.config.build import build
from doppel.config.compose import compose
from tests.matrix.cells import Cell, broken_rules, cells, config_of, machine_with_gpus

EVERY = 67  # of the cells, in the fast test: no divisor of how many adapters, precisions or strategies there are
NAMED = {  # what of a cell must be told, by a word of its option
    "fsdp": "fsdp itself",
    "zero": "itself: what it splits is divided",
    "ddp": "ddp itself",
    "offload": "main memory",
    "int8": "outliers of int8",
    "nf4": "values of the quantisation",
    "fp16": "the scale of fp16's loss",
}


def that_train(chosen: list[Cell], folder: Path) -> dict[Cell, dict[str, Any]]:
    with machine_with_gpus(folder):
        configs = {cell: config_of(cell) for cell in chosen}
        return {cell: config for cell, config in configs.items() if not broken_rules(config)}


def plan_each(configs: dict[Cell, dict[str, Any]]) -> None:
    machine = build(compose("plan", [])[0]["machine"])
    traces: dict[str, Any] = {}
    for cell, composed in configs.items():
        config = {**composed, "batches": {**composed["batches"], "batch_size": 2, "max_tokens": 32}}
        steps = Steps(config, known_model(config), traces)
        step = steps.whole(longest(config, steps.known))
        assert 0 < step.allocated <= step.reserved, cell
        assert step.by_category["weights"] > 0 or "offload" in cell.strategy, cell
        assert step.trained > 0, cell
        assert machine.context(steps.spread.devices) > 0
        told = " ".join(not_modelled(config, steps.spread))
        wanted = {text for word, text in NAMED.items() if word in f"{cell.precision} {cell.strategy}"}
        assert all(text in told for text in wanted), (cell, told)


def test_a_sample_of_the_cells_that_train_can_be_planned(tmp_path: Path) -> None:
    found = that_train(cells()[::EVERY], tmp_path)
    assert len(found) > 4
    plan_each(found)


@pytest.mark.slow
def test_all_cells_that_train_can_be_planned(tmp_path: Path) -> None:
    plan_each(that_train(cells(), tmp_path))

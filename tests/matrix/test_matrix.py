"""The slice of `make matrix` that every gate takes: what conf/MATRIX.md says is what the rules say, and a few cells."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from doppel.config.compose import compose
from doppel.config.machine import gpu_capabilities
from doppel.config.tree import project_path
from tests.matrix.__main__ import recorded
from tests.matrix.cells import Cell, Verdict, config_of, verdicts
from tests.matrix.table import Walk, page

# Each architecture, and adapters, precisions and strategies that share little code.
COVERING = [
    Cell("causal", "qlora", "nf4_double", "single"),
    Cell("seq2seq", "dora", "bf16", "fsdp"),
    Cell("causal", "ia3", "int8", "zero2"),
]
# Those with parts of their own for other groups, and one without.
COMPOSED = [
    Cell("seq2seq", "qlora", "fp32", "zero3_offload"),
    Cell("causal", "qlora", "nf4", "single"),
    Cell("causal", "lora", "bf16_mixed", "ddp"),
]


# In a process of its own: the ranks are its forks, and torch's threads of this one would not survive that.
WALK = """
import sys
from pathlib import Path
from tests.matrix.cells import Cell
from tests.matrix.walk import walk
walk([Cell(*names.split()) for names in sys.argv[2:]], Path(sys.argv[1]), Path(sys.argv[1]) / "record.jsonl")
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Verdict]:
    return verdicts(tmp_path_factory.mktemp("gpus"))


@pytest.mark.skipif(bool(gpu_capabilities()), reason="conf/MATRIX.md is of a machine without GPUs")
def test_the_page_is_what_the_rules_say_and_every_cell_that_they_let_through_has_trained(
    found: dict[Cell, Verdict],
) -> None:
    # Where a rule has changed: `make matrix` trains the cells and writes the page anew.
    written = (project_path("conf") / "MATRIX.md").read_text(encoding="utf-8")
    (day,) = re.findall(r"walked on (\d{4}-\d\d-\d\d)", written)
    assert written == page(found, Walk({cell: "" for cell in found if found[cell].kind == "trains"}, day))
    assert {cell for cell, verdict in found.items() if verdict.kind == "trains"} >= set(COVERING)


@pytest.mark.parametrize("cell", COMPOSED, ids=lambda cell: "-".join(cell.names()))
def test_a_cell_put_together_is_what_hydra_composes(cell: Cell) -> None:
    config, faults = compose("train", cell.words())
    assert faults == []
    assert config_of(cell) == config


def test_a_crash_and_what_has_not_been_walked_are_told(found: dict[Cell, Verdict]) -> None:
    crashed, left = COVERING[:2]
    faults = dict.fromkeys(found, "") | {crashed: "a traceback"}
    del faults[left]
    lines = page(found, Walk(faults, "2026-01-01")).splitlines()
    assert {"| ! | 1 | crashed |", "| ? | 1 | not walked yet |"} <= set(lines)


def test_a_covering_few_train(tmp_path: Path) -> None:
    asked = [" ".join(cell.names()) for cell in COVERING]
    command = [sys.executable, "-c", WALK, str(tmp_path), *asked]
    subprocess.run(command, cwd=project_path("conf").parent, capture_output=True, timeout=300, check=True)
    assert recorded(tmp_path / "record.jsonl").faults == dict.fromkeys(COVERING, "")

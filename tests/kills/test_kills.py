import random
from pathlib import Path

import pytest

from tests.driving import LONGER, from_export, logged
from tests.kills.run import WEIGHTS, KilledRun, Reference


@pytest.fixture
def reference(finished_run: Path) -> Reference:
    return Reference((finished_run / WEIGHTS).read_bytes(), logged(finished_run), 0.0, 0.0)


def test_a_run_that_is_killed_again_and_again_ends_as_if_it_had_not(
    tiny_export: Path, reference: Reference, tmp_path: Path
) -> None:
    """A slice of `make kills`: while a checkpoint is being written, parent alone, worker alone, all at once."""
    draw = random.Random(0)
    with KilledRun([*LONGER, *from_export(tiny_export), "checkpoint.every_n_steps=4"], tmp_path / "run") as run:
        for kind in ("writing", "parent", "worker", "tree"):
            assert run.kill(kind, draw.uniform(0, 0.2), draw), f"it had ended before: {kind}"
        run.finish()
        run.assert_same(reference)

from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run.metrics import Difference, best_value, compare_losses, read_metrics, values_of

ROWS = "step,epoch,train/loss,validation/loss\n0,0,,3.5\n1,0,3.25,\n2,1,3.0,2.5\n"


def test_rows_are_read_without_their_empty_cells(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text(ROWS)
    rows = read_metrics(file)
    assert rows[1] == {"step": 1.0, "epoch": 0.0, "train/loss": 3.25}
    assert values_of(rows, "validation/loss") == [(0, 3.5), (2, 2.5)]
    assert best_value(rows, "validation/loss", direction="minimize") == 2.5
    assert best_value(rows, "validation/loss", direction="maximize") == 3.5
    assert best_value(rows, "accuracy", direction="maximize") is None


def test_losses_are_compared_bit_for_bit() -> None:
    before = [{"step": 1, "train/loss": 0.1, "lr": 1.0}, {"step": 2, "train/loss": 0.2}]
    same = [{"step": 1, "train/loss": 0.1, "lr": 2.0}, {"step": 2, "train/loss": 0.2}]
    assert compare_losses(before, same) == (2, [])
    other = [{"step": 1, "train/loss": 0.1}, {"step": 2, "train/loss": 0.2 + 1e-16}]
    assert compare_losses(before, other[:1]) == (2, [Difference(2, "train/loss", 0.2, None)])
    assert compare_losses(before, [other[0], {"step": 2, "train/loss": 0.25}])[1] == [
        Difference(2, "train/loss", 0.2, 0.25)
    ]


@pytest.mark.parametrize(("content", "told"), [(None, "cannot be read"), ("step,a\n1,x\n", "is damaged")])
def test_a_missing_or_damaged_file_is_told(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "metrics.csv"
    if content is not None:
        file.write_text(content)
    with pytest.raises(RunError, match=told):
        read_metrics(file)

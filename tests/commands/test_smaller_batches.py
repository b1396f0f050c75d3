import json

import pytest
import yaml

from doppel.commands.smaller_batches import halved
from doppel.run.metrics import read_metrics, values_of
from tests import driving

CONFIG = {
    "batches": {"batch_size": 6, "max_tokens": 9},
    "trainer": {"accumulate_grad_batches": 2, "val_check_interval": 0.5, "limit_val_batches": 3},
}


def test_half_the_rows_twice_as_often_are_the_same_step() -> None:
    smaller = halved(CONFIG)
    assert smaller == {
        "batches": {"batch_size": 3, "max_tokens": 9},
        "trainer": {"accumulate_grad_batches": 4, "val_check_interval": 0.5, "limit_val_batches": 6},
    }
    smallest = halved(smaller)
    assert (smallest["batches"]["batch_size"], smallest["trainer"]["accumulate_grad_batches"]) == (1, 12)
    assert halved(smallest) is None
    assert CONFIG["batches"]["batch_size"] == 6


# Raises what a full GPU raises, for a micro-batch of more rows than fit, from some step on.
SMALL_MEMORY = """
import torch
from pytorch_lightning import Callback


class SmallMemory(Callback):
    def __init__(self, *, rows: int, from_step: int) -> None:
        self.rows, self.from_step = rows, from_step

    def on_train_batch_start(self, trainer, module, batch, batch_idx) -> None:
        if trainer.global_step >= self.from_step and len(batch["input_ids"]) > self.rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
"""


@pytest.mark.parametrize("from_step", [pytest.param(0, marks=pytest.mark.slow), 3])
def test_a_run_that_runs_out_of_memory_goes_on_with_the_same_steps(
    tmp_path, tiny_export, monkeypatch, from_step
) -> None:
    (tmp_path / "small_memory").mkdir()
    (tmp_path / "small_memory" / "__init__.py").write_text(SMALL_MEMORY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = [*driving.TINY, *driving.from_export(tiny_export), "batches.batch_size=4", "trainer.max_steps=6"]
    words += ["checkpoint.every_n_steps=2", "outputs=" + str(tmp_path / "whole")]
    driving.done("train", *words, cwd=tmp_path)
    small = f"+callbacks.small={{_target_:small_memory.SmallMemory,rows:1,from_step:{from_step}}}"
    told = driving.done(
        "train", *words, "outputs=" + str(tmp_path / "small"), small, "+allow_targets=[small_memory]", cwd=tmp_path
    )
    assert "batches.batch_size=4: going on from " in told
    assert "batches.batch_size=1 trainer.accumulate_grad_batches=4, the same steps in less memory" in told
    assert ("its beginning" in told) == (from_step == 0)
    [whole], [run] = ([*(tmp_path / name / "train").iterdir()] for name in ("whole", "small"))
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert (config["batches"]["batch_size"], config["trainer"]["accumulate_grad_batches"]) == (1, 4)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["out_of_memory"] == [
        {"batch_size": [4, 2], "accumulate_grad_batches": [1, 2]},
        {"batch_size": [2, 1], "accumulate_grad_batches": [2, 4]},
    ]
    expected, found = (values_of(read_metrics(one / "metrics.csv"), "train/loss") for one in (whole, run))
    assert [step for step, _ in found] == [1, 2, 3, 4, 5, 6]
    assert [loss for _, loss in found] == pytest.approx([loss for _, loss in expected], abs=1e-5)

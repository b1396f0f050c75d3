import csv
import json

import pytest
import yaml

from doppel.commands.tune import _is_enough, _smallest_that_is_fast
from tests import driving


def measured(rows: int, speed: float) -> dict[str, float]:
    return {"rows": rows, "tokens_per_second": speed, "peak_memory_mib": 1.0}


def test_the_smallest_that_is_nearly_the_fastest_is_told() -> None:
    found = {rows: measured(rows, speed) for rows, speed in ((1, 50), (2, 97), (4, 100), (8, 99))}
    assert _smallest_that_is_fast(found) == 2


def test_doubling_ends_where_it_no_longer_helps_or_rows_run_out() -> None:
    tried = {rows: measured(rows, speed) for rows, speed in ((1, 50), (2, 97), (4, 100))}
    assert not _is_enough(tried, 4)
    assert _is_enough({**tried, 8: measured(8, 99)}, 8)
    assert _is_enough({1: measured(1, 50), 2: measured(1, 90)}, 2)


@pytest.mark.parametrize(("words", "fault"), [([], "takes lr or batch first:"), (["rate"], "first, not rate:")])
def test_refuses_what_it_cannot_find(refused, words, fault) -> None:
    assert fault in refused("tune", *words)


def test_refuses_several_devices(refused) -> None:
    told = refused("tune", "lr", *driving.TINY, "strategy=ddp", "trainer.devices=2")
    assert "doppel tune measures one device: type strategy=single trainer.devices=1" in told


def test_finds_a_learning_rate_and_leaves_no_model(tmp_path, tiny_export) -> None:
    told = driving.done("tune", "lr", *driving.TINY, *driving.from_export(tiny_export), cwd=tmp_path)
    run = driving.only_run(tmp_path, "tune")
    rate = float(told.rpartition("type optimizer.lr=")[2])
    with (run / "learning_rates.csv").open(encoding="utf-8", newline="") as lines:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(lines)]
    assert 1e-6 == rates[0] < rate <= rates[-1]
    assert any(rate == pytest.approx(one, rel=0.06) for one in rates)
    assert not list(run.rglob("*.ckpt")) + list(run.rglob("*.safetensors"))
    assert json.loads((run / "status.json").read_text(encoding="utf-8"))["state"] == "finished"
    assert yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))["optimizer"]["lr"] != rate


@pytest.mark.slow
def test_finds_a_micro_batch(tmp_path, tiny_export) -> None:
    words = [*driving.TINY, *driving.from_export(tiny_export), "batches.batch_size=2"]
    told = driving.done("tune", "batch", *words, "trainer.accumulate_grad_batches=3", cwd=tmp_path)
    typed = told.rpartition("for the 6 rows that a step of this config has, type ")[2].split()
    rows, accumulate = (int(word.partition("=")[2]) for word in typed)
    assert rows * accumulate == 6
    assert typed == [f"batches.batch_size={rows}", f"trainer.accumulate_grad_batches={accumulate}"]
    run = driving.only_run(tmp_path, "tune")
    first = json.loads((run / "batch_1.json").read_text(encoding="utf-8"))
    assert first["tokens_per_second"] > 0
    assert first["peak_memory_mib"] > 100

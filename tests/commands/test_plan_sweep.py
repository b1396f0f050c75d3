"""Several plans at once: one table, one picture, what cannot be planned among them."""

import csv
from pathlib import Path

import pytest

from doppel.commands.plan_sweep import report
from doppel.errors import RunError
from doppel.run.directory import write_json
from tests.driving import doppel


def rows_of(sweep: Path) -> list[dict[str, str]]:
    with (sweep / "plans.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_sweep_over_gpus_and_strategies_is_one_table(tmp_path: Path) -> None:
    words = ["plan", "model=tiny_causal", "lengths=longest", "gpus=[t4,rtx_3090]", "precision=bf16,int8", "--multirun"]
    words += ["strategy=ddp,fsdp", "trainer.devices=2", "hydra.sweep.dir=sweep", "batches.batch_size=1"]
    status, told, complaints = doppel(*words, cwd=tmp_path)
    assert status == 0, complaints
    rows = rows_of(tmp_path / "sweep")
    assert len(rows) == 3 * 2 + 1
    verdicts = [row["verdict"] for row in rows]
    assert verdicts == ["fits"] * 6 + ["refused"]
    assert (rows[-1]["precision"], rows[-1]["strategy"]) == ("int8", "fsdp")
    assert "type strategy=ddp" in rows[-1]["reason"]
    dollars = [float(row["dollars of a million positions"].split(" - ")[0]) for row in rows[:-1]]
    assert dollars == sorted(dollars)
    assert "plans, the cheapest first" in told
    assert (tmp_path / "sweep" / "plans.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "sweep" / "plans.md").read_text(encoding="utf-8").startswith("# Plans, the cheapest first")


def row(gpu: str, verdict: str, dollars: float) -> dict[str, object]:
    return {
        "overrides": [f"adapter.rank={int(dollars)}"],
        "gpu": gpu,
        "devices": 1,
        "verdict": verdict,
        "GiB": 9.5,
        "largest batch_size": 4,
        "seconds a step": [1.0, 2.0],
        "hours": [1.0, 2.0],
        "dollars": [dollars, 2 * dollars],
        "of": "the run",
    }


def test_what_fits_comes_before_what_is_cheaper_and_does_not(tmp_path: Path) -> None:
    write_json(tmp_path / "0" / "plan.json", [row("t4", "does not", 1), row("h100", "fits", 9)])
    write_json(tmp_path / "1" / "plan.json", [row("t4", "tight", 2), row("h100", "fits", 4)])
    assert [(one["gpu"], one["verdict"]) for one in report(tmp_path)] == [
        ("h100", "fits"),
        ("h100", "fits"),
        ("t4", "tight"),
        ("t4", "does not"),
    ]
    first = rows_of(tmp_path)[0]
    assert (first["adapter.rank"], first["hours of the run"], first["dollars of the run"]) == ("4", "1 - 2", "4 - 8")


def test_no_plans_are_no_report(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no plans"):
        report(tmp_path)

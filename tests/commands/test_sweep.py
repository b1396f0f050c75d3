"""Sweeps as typed: good trials trained, refused ones told, an interrupted one gone on with."""

import csv
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driving import (
    LONGER,
    TINY,
    done,
    doppel,
    end,
    from_export,
    has_logged,
    logged,
    start,
    state,
    wait_for,
    workers_of,
)

Refused = Callable[..., str]
SHORT = [*TINY, "trainer.max_steps=2"]


def trials_in(sweep: Path) -> list[dict[str, str]]:
    with (sweep / "trials.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_grid_with_a_value_that_cannot_be(tiny_export: Path, tmp_path: Path) -> None:
    words = ["train", *SHORT, *from_export(tiny_export), "adapter.rank=2,4", "optimizer.lr=1e-3,-1", "--multirun"]
    words.append("hydra.sweep.dir=sweep")
    status, told, _ = doppel(*words, cwd=tmp_path)
    sweep = tmp_path / "sweep"
    assert status == 1
    trials = trials_in(sweep)
    assert [(trial["adapter.rank"], trial["optimizer.lr"], trial["state"]) for trial in trials] == [
        ("2", "0.001", "finished"),
        ("2", "-1", "refused"),
        ("4", "0.001", "finished"),
        ("4", "-1", "refused"),
    ]
    assert all("optimizer.lr=-1 is refused: it must be greater than 0" in trials[at]["reason"] for at in (1, 3))
    best = min((trial for trial in trials if trial["objective"]), key=lambda trial: float(trial["objective"]))
    assert best["is_best"] == "true"
    assert f"best: trial {best['number']}, validation/loss" in told
    assert "2 finished, 2 refused" in told
    assert (sweep / "trials.md").read_text(encoding="utf-8").startswith("# validation/loss (lower is better)")
    assert (sweep / "trials.png").read_bytes().startswith(b"\x89PNG")
    assert state(sweep / "0") == state(sweep / "2") == "finished"

    typed = (sweep / "0" / "command.txt").read_text(encoding="utf-8")
    assert typed.startswith("doppel train model=tiny_causal")
    assert typed.endswith("adapter.rank=2 optimizer.lr=0.001\n")

    before = (sweep / "0" / "metrics.csv").stat().st_mtime_ns
    status, told, _ = doppel(*words, cwd=tmp_path)
    assert status == 1
    assert told.count("has finished before") == 2
    assert (sweep / "0" / "metrics.csv").stat().st_mtime_ns == before
    assert [trial["state"] for trial in trials_in(sweep)].count("finished") == 2


def test_a_misspelt_sweep_is_refused_before_its_first_trial(refused: Refused) -> None:
    assert "did you mean adapter.rank?" in refused("train", "adapter.rnk=4,8", "--multirun")
    assert "did you mean tiny_causal?" in refused("train", "-m", "model=tiny_seq2seq,tiny_casual")
    assert "there is no key seeed" in refused("train", "seeed=1", "--multirun", "adapter.rank=4,8")


def test_a_launcher_that_is_not_installed_is_told_with_its_install_line(refused: Refused) -> None:
    told = refused("train", "hydra/launcher=ray", "adapter.rank=4,8", "--multirun")
    assert "`hydra/launcher=ray`: that launcher is not installed: pip install ray, then pip install --no-deps" in told
    assert "did you mean submitit_slurm?" in refused("train", "hydra/launcher=submitit_slrm", "seed=1,2", "--multirun")


def test_ctrl_c_ends_a_sweep_and_keeps_what_is_there(tiny_export: Path, tmp_path: Path) -> None:
    words = ["train", *LONGER, *from_export(tiny_export), "trainer.max_steps=2,400", "--multirun"]
    words.append("hydra.sweep.dir=sweep")
    process = start(words, tmp_path)
    metrics = tmp_path / "sweep" / "1" / "metrics.csv"
    wait_for(lambda: metrics.exists() and len(metrics.read_text().splitlines()) > 5, process)
    process.send_signal(signal.SIGINT)
    status, told, complaints = end(process)
    assert status == 130
    assert [trial["state"] for trial in trials_in(tmp_path / "sweep")] == ["finished", "interrupted"]
    assert "1 finished, 1 interrupted" in told
    assert f"hydra.sweep.dir={tmp_path / 'sweep'}" in told + complaints


def test_optuna_proposes_trials_and_goes_on(tiny_export: Path, tmp_path: Path) -> None:
    words = ["train", *SHORT, *from_export(tiny_export), "hydra/sweeper=optuna", "--multirun", "hydra.sweep.dir=sweep"]
    words += ["optimizer.lr=tag(log, interval(1e-5, 1e-2))"]
    done(*words, "hydra.sweeper.n_trials=1", cwd=tmp_path)
    told = done(*words, "hydra.sweeper.n_trials=2", cwd=tmp_path)
    trials = trials_in(tmp_path / "sweep")
    assert [trial["state"] for trial in trials] == ["finished", "finished"]
    assert trials[0]["optimizer.lr"] != trials[1]["optimizer.lr"]
    assert told.count("─ trial ") == 1
    assert json.loads((tmp_path / "sweep" / "1" / "trial.json").read_text())["objective"] == float(
        trials[1]["objective"]
    )


@pytest.mark.slow
def test_a_trial_that_its_queue_interrupts_is_queued_anew_and_goes_on(
    tiny_export: Path, finished_run: Path, tmp_path: Path
) -> None:
    """submitit warns a job with SIGUSR2: the checkpoint is saved, the job queued anew, and it goes on from there."""
    words = ["train", *LONGER, *from_export(tiny_export), "adapter.dropout=0.1", "--multirun", "hydra.sweep.dir=sweep"]
    process = start([*words, "hydra/launcher=submitit_local"], tmp_path)
    trial = tmp_path / "sweep" / "0"
    wait_for(lambda: (trial / "metrics.csv").exists() and len(logged(trial)) > 10, process)
    (worker,) = workers_of(trial)
    job = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])  # the parent of the worker
    os.kill(job, signal.SIGUSR2)
    status, told, complaints = end(process)
    assert status == 0, told + complaints
    assert "1 finished" in told
    assert [each["state"] for each in trials_in(tmp_path / "sweep")] == ["finished"]
    assert state(trial) == "finished"
    assert "training from step 0" in (trial / "log.txt").read_text()
    assert len(json.loads((trial / "manifest.json").read_text())["resumed"]) == 1
    assert logged(trial) == logged(finished_run)
    assert not list((tmp_path / "sweep").glob("*attempt*"))


@pytest.mark.slow
def test_a_sweep_over_strategies(tiny_export: Path, tmp_path: Path) -> None:
    words = ["train", *SHORT, *from_export(tiny_export), "strategy=single,ddp", "--multirun", "hydra.sweep.dir=sweep"]
    done(*words, cwd=tmp_path)
    assert [trial["state"] for trial in trials_in(tmp_path / "sweep")] == ["finished", "finished"]
    assert has_logged(tmp_path, 0)() is False  # the trials are in the sweep's folder, nowhere else

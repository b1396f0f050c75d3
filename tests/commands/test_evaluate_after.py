"""Runs that are evaluated when they have come to their end, and sweeps that choose by it."""

import csv
import json
from pathlib import Path

import pytest

from doppel.commands.evaluate_after import evaluate_after, found_of, freeze_evaluation, why_missing
from doppel.config.rules_training import OF_EVALUATION
from doppel.run.directory import RunDirectory
from tests.driving import TINY, done, from_export, some_chats, write_export

WORDS = [*TINY, "trainer.max_steps=2", "compared_replies=0", "split.per_chat=true", "evaluate=quick"]


@pytest.fixture
def larger_export(tmp_path: Path) -> Path:
    return write_export(tmp_path / "result.json", some_chats(600))


def test_a_sweep_chooses_by_what_its_trials_prefer(larger_export: Path, tmp_path: Path) -> None:
    objective = ["objective=evaluation/preference.mrr_others", "objective_direction=maximize"]
    words = [*WORDS, *from_export(larger_export), "split.validation_fraction=0.3", *objective]
    words += ["seed=0,1", "--multirun", "hydra.sweep.dir=sweep"]
    told = done("train", *words, cwd=tmp_path)
    sweep = tmp_path / "sweep"
    found = [found_of(RunDirectory(sweep / number)) for number in ("0", "1")]
    assert all(of.keys() >= OF_EVALUATION.keys() for of in found)
    with (sweep / "trials.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row, of in zip(rows, found, strict=True):
        assert float(row["objective"]) == of["evaluation/preference.mrr_others"]
        assert float(row["evaluation/likelihood.nats_per_token"]) == of["evaluation/likelihood.nats_per_token"]
        assert float(row["train/peak_memory_mib"]) > 0
    best = max(rows, key=lambda row: float(row["objective"]))
    assert best["is_best"] == "true"
    assert "best mrr_others first (higher is better)" in told
    (folder,) = (sweep / "comparison").iterdir()
    standings = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["standings"]
    assert standings[0]["contender"]["name"].startswith(best["number"])
    content = json.loads((sweep / "0" / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    assert (content["part"], content["config"]["max_replies"], content["config"]["baselines"]) == (
        "validation",
        100,
        [],
    )


def test_what_cannot_be_measured_costs_no_run_and_is_told(larger_export: Path, tmp_path: Path) -> None:
    words = [*WORDS, *from_export(larger_export), "split.validation_fraction=0.02", "split.test_fraction=0.02"]
    told = done("train", *words, cwd=tmp_path)
    (folder,) = (tmp_path / "outputs" / "train").iterdir()
    run = RunDirectory(folder)
    assert run.status()["state"] == "finished"
    assert found_of(run) == {}
    assert "not evaluated: " in told
    assert "no metric says anything of fewer than 20 replies" in why_missing(run, "evaluation/preference.mrr_own")


def test_only_what_was_asked_for_is_frozen(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    freeze_evaluation(run, "none")
    assert list(tmp_path.iterdir()) == []
    evaluate_after(run, {})
    freeze_evaluation(run, "quick")
    assert [file.name for file in tmp_path.iterdir()] == ["evaluate.yaml"]


def test_a_fault_of_its_own_costs_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    freeze_evaluation(run, "quick")

    def breaks(*_):
        raise MemoryError("no more")

    monkeypatch.setattr("doppel.commands.evaluate.measured", breaks)
    evaluate_after(run, {})
    assert run.manifest()["not_evaluated"].startswith("internal error, MemoryError: no more")
    assert "no more" in why_missing(run, "evaluation/preference.mrr_own")

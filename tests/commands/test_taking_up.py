"""Which run `resume=auto` goes on with."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from doppel.commands import taking_up
from doppel.commands.taking_up import can_go_on, differences, like, newest_unfinished
from doppel.errors import DataError, RunError
from doppel.run.directory import LATER, RunDirectory, take, write_json, write_yaml

Runs = Callable[..., RunDirectory]
CONFIG: dict[str, Any] = {
    **LATER,
    "source": {"_target_": "a.source", "path": "result.json"},
    "optimizer": {"lr": 2e-4, "betas": (0.9, 0.99)},
    "batches": {"batch_size": 8},
    "trainer": {"max_steps": -1, "max_epochs": 2, "accumulate_grad_batches": 1},
    "checkpoint": {"every_n_steps": 50, "every_n_minutes": None, "keep": 2},
    "seed": 0,
    "restarts": 0,
    "outputs": "outputs",
    "use_cache": True,
}


def with_group(group: str, **values: Any) -> dict[str, Any]:
    return {**CONFIG, group: {**CONFIG[group], **values}}


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The fingerprints of the chat data as they are now."""
    now = {"result.json": "one"}
    monkeypatch.setattr(taking_up, "build", lambda _node: SimpleNamespace(fingerprint=lambda: now))
    return now


@pytest.fixture
def frozen(tmp_path: Path, inputs: dict[str, str]) -> Runs:
    """Makes a run that has begun."""

    def make(name: str, state: str = "interrupted", **facts: Any) -> RunDirectory:
        run = take(tmp_path, name)
        write_yaml(run.config_file, {**CONFIG, "optimizer": {"lr": 2e-4, "betas": [0.9, 0.99]}})
        write_json(run.manifest_file, {"data": {"inputs": inputs}})
        run.set_status(state, **facts)  # pyright: ignore[reportArgumentType]
        return run

    return make


def test_the_newest_run_that_has_not_finished(frozen: Runs, tmp_path: Path) -> None:
    frozen("2026-01-01_10-00-00")
    frozen("2026-01-01_10-00-00_9", state="running")  # and whose processes are gone
    newest = frozen("2026-01-01_10-00-00_10", state="failed")
    frozen("2026-01-01_10-00-01", state="finished")
    frozen("2026-01-01_10-00-02", state="failed", is_final=True)  # it would fail again
    take(tmp_path, "2026-01-01_10-00-03")  # killed before it was whole
    # A tuple has become a list in the file, which is no difference.
    assert newest_unfinished(tmp_path, CONFIG | {"outputs": "elsewhere"}) == newest
    assert newest_unfinished(tmp_path / "nowhere", CONFIG) is None


def test_what_would_make_it_another_run_is_named(
    frozen: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen("2026-01-01_10-00-00")
    assert newest_unfinished(tmp_path, with_group("optimizer", lr=0.5) | {"seed": 3}) is None
    assert capsys.readouterr().out == (
        "no unfinished run has this config, so a new one begins (2026-01-01_10-00-00 differs in "
        "optimizer.lr: 0.0002 then, 0.5 now; seed: 0 then, 3 now)\n"
    )


def test_how_long_it_runs_and_how_often_it_saves_may_change(frozen: Runs) -> None:
    run = frozen("2026-01-01_10-00-00")
    config = with_group("trainer", max_steps=77) | {"restarts": 2, "use_cache": False}
    config["checkpoint"] = {"every_n_steps": None, "every_n_minutes": 5, "keep": 1}
    assert differences(run, config) == []
    changed = like(config)(run.config())
    assert changed["trainer"]["max_steps"] == 77
    assert changed["checkpoint"] == config["checkpoint"]
    assert (changed["restarts"], changed["use_cache"]) == (2, True)


def test_a_run_whose_batches_became_smaller_for_want_of_memory_is_the_same(frozen: Runs) -> None:
    run = frozen("2026-01-01_10-00-00")
    smaller = with_group("batches", batch_size=4) | {"trainer": {**CONFIG["trainer"], "accumulate_grad_batches": 2}}
    smaller["optimizer"] = run.config()["optimizer"]
    write_yaml(run.config_file, smaller)
    assert len(differences(run, CONFIG)) == 2
    run.update_manifest(out_of_memory=[{}])
    assert differences(run, CONFIG) == []


def test_changed_chats_are_told_before_anything_goes_on(frozen: Runs, inputs: dict[str, str], tmp_path: Path) -> None:
    run = frozen("2026-01-01_10-00-00")
    inputs["result.json"] = "another"
    with pytest.raises(RunError, match=rf"{run.path} was started with other chat data: result.json differs"):
        newest_unfinished(tmp_path, CONFIG)


def test_a_run_has_samples_of_its_own(frozen: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = frozen("2026-01-01_10-00-00")

    def gone() -> dict[str, str]:
        raise DataError("there is no result.json")

    monkeypatch.setattr(taking_up, "build", lambda _node: SimpleNamespace(fingerprint=gone))
    assert newest_unfinished(tmp_path, CONFIG) == run


def test_of_a_named_start_only_what_it_has_started(frozen: Runs, tmp_path: Path) -> None:
    ours = frozen("2026-01-01_10-00-00")
    ours.update_manifest(start="nell")
    frozen("2026-01-01_10-00-01")
    assert newest_unfinished(tmp_path, CONFIG, start="nell") == ours
    assert newest_unfinished(tmp_path, CONFIG, start="other") is None


def test_a_damaged_run_is_passed_over(frozen: Runs, tmp_path: Path) -> None:
    whole = frozen("2026-01-01_10-00-00")
    frozen("2026-01-01_10-00-01").config_file.write_text("{")
    frozen("2026-01-01_10-00-02").status_file.write_text("{")
    assert newest_unfinished(tmp_path, CONFIG) == whole
    assert not can_go_on(RunDirectory(tmp_path / "2026-01-01_10-00-02"))

"""A finished run's peak and speed beside its plan, and what later plans of that GPU make of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doppel.__main__ import dispatch
from doppel.commands.calibrations import kept_calibrations
from doppel.commands.plan_measured import calibrate, tell_measured
from doppel.errors import RunError
from doppel.run.directory import RunDirectory, write_json

GIB = 2**30
PLAN = {
    "gpu": "Tesla T4",
    "in_table": "t4",
    "devices": 1,
    "free_bytes": 15 * GIB,
    "allocated": 8 * GIB,
    "reserved": 10 * GIB,
    "speed": {"least": 500.0, "most": 1200.0, "middle": 1000.0, "efficiency": 0.8},
}
SEEN = {
    "device": "Tesla T4",
    "peak_allocated": 8.2 * GIB,
    "peak_reserved": 10.1 * GIB,
    "reserved": 9 * GIB,
    "free": 5.5 * GIB,
}


@pytest.fixture
def a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunDirectory]:
    """A finished run on a GPU as its files tell it; the user's cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(plan: dict[str, Any] | None = PLAN, seen: dict[str, Any] | None = SEEN, **manifest: Any) -> RunDirectory:
        run = RunDirectory(tmp_path / "run")
        run.path.mkdir(exist_ok=True)
        run.config_file.write_text("{}")
        write_json(run.manifest_file, {**({} if seen is None else {"memory": seen}), **manifest})
        if plan is not None:
            write_json(run.path / "plan.json", plan)
        lines = ["step,train/padded_tokens_per_second", "1,10", "2,600", "3,500", "4,400"]
        run.metrics_file.write_text("\n".join(lines))
        return run

    return make


def test_what_was_measured_is_told_and_kept(
    a_run: Callable[..., RunDirectory], capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run()
    tell_measured(run)
    told = " ".join(capsys.readouterr().out.split())
    assert "allocated 8.00 GiB foreseen, 8.20 measured (+2.5%); reserved 10.00 GiB foreseen, 10.10 measured" in told
    assert "500 to 1,200 positions a second foreseen, 500 measured" in told
    assert "plans of Tesla T4 are reckoned with 40% of the data sheet's rates from now on" in told
    beside = run.manifest()["beside_plan"]
    assert beside["measured"]["positions_per_second"] == 500
    (kept,) = kept_calibrations()
    assert (kept.gpu, kept.efficiency, kept.context_gib, kept.more_reserved) == ("Tesla T4", 0.4, 0.5, 0.01)
    tell_measured(run)
    assert len(kept_calibrations()) == 1


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"seen": {"device": "cpu", "peak_resident": 9}}, "the plan is of Tesla T4, and the run was on the cpu"),
        ({"seen": None}, "the run has not come to its end"),
        ({"out_of_memory": [{}]}, "went on with smaller micro-batches than were planned"),
    ],
)
def test_what_is_not_of_the_plan_is_not_compared(
    a_run: Callable[..., RunDirectory], capsys: pytest.CaptureFixture[str], more: dict[str, Any], wanted: str
) -> None:
    tell_measured(a_run(**more))
    assert wanted in " ".join(capsys.readouterr().out.split())
    assert kept_calibrations() == []
    with pytest.raises(RunError, match="cannot calibrate a GPU"):
        calibrate(a_run(**more))


def test_several_devices_are_compared_and_calibrate_nothing(
    a_run: Callable[..., RunDirectory], capsys: pytest.CaptureFixture[str]
) -> None:
    tell_measured(a_run(plan={**PLAN, "devices": 2}))
    assert "8.20 measured" in capsys.readouterr().out
    assert kept_calibrations() == []


def test_a_run_without_a_plan_says_nothing_and_cannot_calibrate(
    a_run: Callable[..., RunDirectory], capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(plan=None)
    tell_measured(run)
    assert capsys.readouterr().out == ""
    with pytest.raises(RunError, match=r"has no plan\.json: doppel train makes one on a GPU"):
        calibrate(run)


def test_plans_are_reckoned_with_it_until_told_not_to(
    a_run: Callable[..., RunDirectory], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plan", "model=tiny_causal", "precision=bf16", "gpus=[t4,rtx_3090]", "lengths=longest", "prints=json"]
    words.append("changes=never")

    run = a_run()
    assert dispatch([*words[:-2], "prints=table", f"calibrate={run.path}", "changes=never"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "t4: reckoned with what" in told
    assert "40% of the data sheet's rates, 0.50 GiB beside torch (uses_calibration=false leaves it out)" in told
    assert "rtx_3090: reckoned with" not in told
    assert dispatch([*words]) == 0
    with_it = json.loads(capsys.readouterr().out)
    assert dispatch([*words, "uses_calibration=false"]) == 0
    without = json.loads(capsys.readouterr().out)
    assert len(with_it["calibrated"]) == 1
    assert without["calibrated"] == []
    rooms = [plan["gpus"][0]["room"] for plan in (with_it, without)]
    assert rooms[0] - rooms[1] == pytest.approx(0.1 * GIB, abs=2)


def test_a_damaged_file_says_what_to_do(a_run: Callable[..., RunDirectory], tmp_path: Path) -> None:
    tell_measured(a_run())
    (tmp_path / "cache" / "doppel" / "gpus.json").write_text("[{}]")
    with pytest.raises(RunError, match=r"gpus\.json is damaged .*uses_calibration=false plans without"):
        kept_calibrations()

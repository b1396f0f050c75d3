import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
import yaml

from doppel.errors import ConfigError
from hydra_plugins.doppel_optuna.optuna_sweeper import OptunaSweeper

ROOT = Path(__file__).resolve().parents[3]

APP = """
import os, sys, hydra
from pathlib import Path

@hydra.main(version_base=None, config_path="conf", config_name="main")
def main(cfg):
    number = hydra.core.hydra_config.HydraConfig.get().job.num
    with open("ran.txt", "a") as ran:
        ran.write(f"{number} {cfg.x!r} {cfg.kind} {cfg.n}\\n")
    if os.environ.get("KILL_AT") == str(number):
        os._exit(9)
    if cfg.kind == "none":
        return None
    if cfg.kind == "diverges":
        return float("nan")
    if cfg.kind == "raises":
        raise ValueError("boom")
    return (cfg.x - 0.3) ** 2 + abs(cfg.n - 4)

main()
"""


@pytest.fixture
def app(tmp_path):
    """A small application with this project's own `hydra/sweeper=optuna`; returns a function that runs a sweep."""
    (tmp_path / "conf" / "hydra" / "sweeper").mkdir(parents=True)
    (tmp_path / "conf" / "group").mkdir()
    (tmp_path / "conf" / "group" / "there.yaml").write_text("a: 1\n")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "conf" / "main.yaml").write_text(
        "defaults: [_self_, {group: there}]\nobjective_direction: minimize\nx: 0.0\nn: 4\nkind: ok\n"
    )
    ours = ROOT / "conf" / "hydra" / "sweeper" / "optuna.yaml"
    (tmp_path / "conf" / "hydra" / "sweeper" / "optuna.yaml").write_text(ours.read_text())

    def run(*overrides, mode=("--multirun",), **environment):
        command = [sys.executable, "-W", "error", "app.py", *mode, "hydra/sweeper=optuna", "hydra.sweep.dir=s"]
        return subprocess.run(
            [*command, *overrides],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def ran(tmp_path):
    """Number, x, kind and n of every job that was started."""
    lines = (tmp_path / "ran.txt").read_text().split("\n")[:-1]
    return [(int(number), float(x), kind, int(n)) for number, x, kind, n in (line.split() for line in lines)]


def study(tmp_path):
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "s" / "study.journal"))
    return optuna.load_study(study_name="doppel", storage=optuna.storages.journal.JournalStorage(backend))


def test_it_finds_the_optimum_nearly(app, tmp_path):
    done = app("x=interval(0, 1)", "n=range(2, 8, 2)", "hydra.sweeper.n_trials=25")
    assert done.returncode == 0, done.stderr
    assert [number for number, *_ in ran(tmp_path)] == list(range(25))
    assert {n for *_, n in ran(tmp_path)} == {2, 4, 6}
    best = study(tmp_path).best_trial
    assert best.params["n"] == 4
    assert abs(best.params["x"] - 0.3) < 0.05


def test_a_started_again_sweep_repeats_nothing_and_goes_on_as_if_never_stopped(app, tmp_path):
    overrides = ("x=interval(0, 1)", "n=2,4,6")
    assert app(*overrides, "hydra.sweeper.n_trials=7").returncode == 0
    whole = ran(tmp_path)
    (tmp_path / "ran.txt").unlink()
    (tmp_path / "s").rename(tmp_path / "whole")
    assert app(*overrides, "hydra.sweeper.n_trials=3").returncode == 0
    assert app(*overrides, "hydra.sweeper.n_trials=7", KILL_AT="5").returncode == 9
    assert ran(tmp_path) == whole[:6]
    assert app(*overrides, "hydra.sweeper.n_trials=7").returncode == 0
    assert ran(tmp_path) == [*whole[:6], *whole[5:]]  # the killed trial, and no other, ran twice
    assert app(*overrides, "hydra.sweeper.n_trials=7").returncode == 0
    assert len(ran(tmp_path)) == 8  # all were there: nothing ran


def test_failing_trials_are_told_to_the_study_and_the_rest_go_on(app, tmp_path):
    done = app("kind=ok,none,diverges,raises", "x=0.3", "hydra.sweeper.n_trials=10")
    assert done.returncode == 0, done.stderr
    assert sorted(kind for _, _, kind, _ in ran(tmp_path)) == ["diverges", "none", "ok", "raises"]
    assert {trial.params["kind"]: trial.state.name for trial in study(tmp_path).trials} == {
        "ok": "COMPLETE",
        "none": "FAIL",
        "diverges": "FAIL",
        "raises": "FAIL",
    }
    assert study(tmp_path).best_value == 0.0
    assert "every combination has been tried: 4 trials, not 10" in done.stdout


def test_an_option_that_is_not_there_is_recorded_as_refused(app, tmp_path):
    done = app("group=there,absent", "x=0.3")
    assert done.returncode == 0, done.stderr
    records = [json.loads(file.read_text()) for file in (tmp_path / "s").glob("*/trial.json")]
    assert [(record["overrides"], record["state"]) for record in records] == [(["x=0.3", "group=absent"], "refused")]
    assert "Could not find 'group/absent'" in records[0]["reason"]
    assert len(ran(tmp_path)) == 1


def test_one_seed_gives_the_same_trials_and_another_seed_others(app, tmp_path):
    seen = []
    for seed in (1, 1, 2):
        options = (f"hydra.sweeper.seed={seed}", "hydra.sweeper.sampler=random", "hydra.sweeper.n_trials=3")
        assert app("x=interval(0, 1)", *options, f"hydra.sweep.dir=s{len(seen)}").returncode == 0
        seen.append(ran(tmp_path))
        (tmp_path / "ran.txt").unlink()
    assert seen[0] == seen[1]
    assert not {x for _, x, *_ in seen[0]} & {x for _, x, *_ in seen[2]}


def test_a_batch_goes_to_the_launcher_at_once(app, tmp_path):
    done = app("x=interval(0, 1)", "hydra.sweeper.n_trials=5", "hydra.sweeper.n_jobs=2")
    assert done.returncode == 0, done.stderr
    assert [number for number, *_ in ran(tmp_path)] == [0, 1, 2, 3, 4]
    assert [line.split("]")[-1].strip() for line in done.stdout.splitlines() if "Launching" in line] == [
        "Launching 2 jobs locally",
        "Launching 2 jobs locally",
        "Launching 1 jobs locally",
    ]


def test_the_search_space_may_stand_in_a_file(app, tmp_path):
    assert app("+hydra.sweeper.params.n='2,6'", "x=0.3").returncode == 0
    assert sorted(ran(tmp_path)) == [(0, 0.3, "ok", 2), (1, 0.3, "ok", 6)] or sorted(ran(tmp_path)) == [
        (0, 0.3, "ok", 6),
        (1, 0.3, "ok", 2),
    ]


def test_every_fault_of_the_sweeper_is_told_at_once(app):
    done = app(
        "n=1,2",
        "objective_direction=minimise",
        *(f"hydra.sweeper.{fault}" for fault in ("sampler=grid", "n_trials=0", "n_jobs=two", "seed=-1")),
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[:5] == [
        "hydra.sweeper.sampler=grid is not known: type hydra.sweeper.sampler=tpe or random;"
        " for a grid of every combination leave hydra/sweeper=optuna out.",
        "hydra.sweeper.direction=minimise is not known: type objective_direction=minimize or maximize.",
        "hydra.sweeper.n_trials=0 is not a whole number of at least 1: type hydra.sweeper.n_trials=1.",
        "hydra.sweeper.n_jobs=two is not a whole number of at least 1: type hydra.sweeper.n_jobs=1.",
        "hydra.sweeper.seed=-1 is not a whole number of at least 0: type hydra.sweeper.seed=0.",
    ]
    assert "Traceback" not in done.stderr


def test_the_option_has_the_keys_of_the_sweeper_and_a_fault_is_this_projects_own_error():
    option = yaml.safe_load((ROOT / "conf" / "hydra" / "sweeper" / "optuna.yaml").read_text())
    assert option.pop("_target_") == f"{OptunaSweeper.__module__}.{OptunaSweeper.__name__}"
    assert list(option) == list(inspect.signature(OptunaSweeper).parameters)
    with pytest.raises(ConfigError, match=r"^hydra\.sweeper\.sampler=cmaes is not known: type [^\n]*$"):
        OptunaSweeper(**{**option, "direction": "minimize", "sampler": "cmaes"}).setup(
            hydra_context=None, task_function=None, config=None
        )


def test_other_overrides_or_another_direction_are_not_mixed_into_a_study(app):
    assert app("n=1,2", "x=0.1").returncode == 0
    other = app("n=1,2", "x=0.2")
    assert other.returncode == 1
    assert "then: n=1,2 x=0.1\n  now:  n=1,2 x=0.2\n" in other.stderr
    turned = app("n=1,2", "x=0.1", "hydra.sweeper.direction=maximize")
    assert turned.returncode == 1
    assert "was begun with direction=minimize, not maximize" in turned.stderr


def test_hydra_starts_without_importing_optuna(app):
    done = app(mode=("--cfg", "job"), PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert "hydra_plugins.doppel_optuna.optuna_sweeper" in done.stderr or "doppel.run.trials" in done.stderr
    assert "optuna.study" not in done.stderr
    assert "matplotlib" not in done.stderr

import json

import pytest

from doppel.errors import RunError
from doppel.run.trials import Trial, finished_trial, read_trials, write_trial

FINISHED = Trial(2, ["a=1", "b=x"], "finished", 0.5, None, 3.25, "2", {"train/peak_memory_mib": 900.0})
REFUSED = Trial(10, ["a=2", "b=x"], "refused", None, "a=2 is too much", 0.0, "10")


def test_a_trial_is_read_as_it_was_written(tmp_path):
    for trial in (REFUSED, FINISHED):
        assert write_trial(tmp_path / trial.run, trial) == trial
    assert read_trials(tmp_path) == [FINISHED, REFUSED]  # by number: "10" is not before "2"
    assert json.loads((tmp_path / "2" / "trial.json").read_text()) == {
        "number": 2,
        "overrides": ["a=1", "b=x"],
        "state": "finished",
        "objective": 0.5,
        "reason": None,
        "seconds": 3.25,
        "run": "2",
        "measured": {"train/peak_memory_mib": 900.0},
    }
    assert [file.name for file in (tmp_path / "2").iterdir()] == ["trial.json"]


@pytest.mark.parametrize(
    ("objective", "reason"),
    [(float("nan"), "its objective is nan"), (float("inf"), "its objective is inf"), (None, "it logged no objective")],
)
def test_a_trial_that_finished_without_a_number_has_failed(tmp_path, objective, reason):
    written = write_trial(tmp_path / "0", Trial(0, ["a=1"], "finished", objective, None, 1.0, "0"))
    assert written == Trial(0, ["a=1"], "failed", None, reason, 1.0, "0")
    assert read_trials(tmp_path) == [written]


def test_only_a_finished_trial_with_the_same_overrides_is_found(tmp_path):
    for trial in (FINISHED, REFUSED):
        write_trial(tmp_path / trial.run, trial)
    assert finished_trial(tmp_path, ["b=x", "a=1"]) == FINISHED
    assert finished_trial(tmp_path, ["a=1"]) is None
    assert finished_trial(tmp_path, ["a=2", "b=x"]) is None
    assert finished_trial(tmp_path / "absent", ["a=1", "b=x"]) is None


def test_a_trial_killed_before_its_record_is_interrupted_and_other_folders_are_none(tmp_path):
    for name in ("3", "3.attempt1", "plots"):
        (tmp_path / name).mkdir()
    assert read_trials(tmp_path) == [Trial(3, [], "interrupted", None, "it ended before it was recorded", 0.0, "3")]


@pytest.mark.parametrize(
    "text",
    [
        '{"number": 0',
        "[]",
        '{"number": 0}',
        '{"number":0,"overrides":[],"state":"done","objective":null,"reason":null,"seconds":0,"run":"0"}',
        '{"number":0,"overrides":[],"state":"finished","objective":NaN,"reason":null,"seconds":0,"run":"0"}',
        '{"number":0,"overrides":[],"state":"finished","objective":"low","reason":null,"seconds":0,"run":"0"}',
    ],
)
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "trial.json").write_text(text)
    with pytest.raises(
        RunError, match=r"0/trial\.json is damaged: .*\nRemove .*/0 and the sweep runs that trial again"
    ):
        read_trials(tmp_path)


def test_a_sweep_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"there is no sweep in .*absent"):
        read_trials(tmp_path / "absent")

import io

import pytest
from rich.console import Console

from doppel.errors import ConfigError, RunError
from doppel.run.report import trials_table, write_report
from doppel.run.trials import Trial, write_trial

LONG = "out of memory: " + "x" * 100
TRIALS = [
    Trial(0, ["seed=0", "rank=4", "lr=1e-3"], "finished", 2.5, None, 10.04, "0"),
    Trial(1, ["seed=0", "rank=8", "lr=1e-3"], "finished", 0.1234567, None, 11.0, "1"),
    Trial(2, ["seed=0", "rank=4", "lr=-1"], "refused", None, "lr=-1 is below 0,\ntype lr=1e-3", 0.0, "2"),
    Trial(3, ["seed=0", "rank=8", "lr=a|b"], "failed", None, LONG, 1.5, "3"),
    Trial(4, ["seed=0", "rank=16", "lr=[1,2]"], "finished", 0.1234567, None, 12.0, "4"),
]


@pytest.fixture
def sweep(tmp_path):
    for trial in TRIALS:
        write_trial(tmp_path / trial.run, trial)
    return tmp_path


def shown(report, width=200):
    text = io.StringIO()
    Console(file=text, width=width).print(trials_table(report))
    return text.getvalue()


def test_the_numbers_of_a_sweep(sweep):
    report = write_report(sweep, metric="loss", direction="minimize")
    assert report.trials == TRIALS
    assert report.varied == ["rank", "lr"]  # seed is the same everywhere
    assert report.best == TRIALS[1]  # the earlier of two equals
    assert report.counts == {"finished": 3, "failed": 1, "refused": 1}
    assert report.any_failed is True
    assert report.lines == [
        "3 finished, 1 failed, 1 refused",
        "best: trial 1, loss 0.123457: rank=8 lr=1e-3",
        f"its run: {sweep / '1'}",
        f"table and picture: {sweep / 'trials.md'}, trials.csv, trials.png",
    ]
    assert (sweep / "trials.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_higher_objective_is_best_when_maximized(sweep):
    assert write_report(sweep, metric="score", direction="maximize").best == TRIALS[0]


def test_the_csv_has_every_value_and_reason_whole(sweep):
    write_report(sweep, metric="loss", direction="minimize")
    assert (sweep / "trials.csv").read_text() == (
        "number,rank,lr,objective,state,reason,seconds,is_best\n"
        "0,4,1e-3,2.5,finished,,10.04,false\n"
        "1,8,1e-3,0.1234567,finished,,11.0,true\n"
        '2,4,-1,,refused,"lr=-1 is below 0,\ntype lr=1e-3",0.0,false\n'
        f"3,8,a|b,,failed,{LONG},1.5,false\n"
        '4,16,"[1,2]",0.1234567,finished,,12.0,false\n'
    )


def test_the_markdown_marks_the_best_and_cuts_long_reasons(sweep):
    write_report(sweep, metric="loss", direction="minimize")
    assert (sweep / "trials.md").read_text().splitlines() == [
        "# loss (lower is better)",
        "",
        "| number | rank | lr | objective | state | reason | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 0 | 4 | 1e-3 | 2.5 | finished |  | 10.0 |",
        "| * 1 | 8 | 1e-3 | 0.123457 | finished |  | 11.0 |",
        "| 2 | 4 | -1 |  | refused | lr=-1 is below 0, type lr=1e-3 | 0.0 |",
        f"| 3 | 8 | a\\|b |  | failed | {LONG[:77]}... | 1.5 |",
        "| 4 | 16 | [1,2] | 0.123457 | finished |  | 12.0 |",
        "",
        "- 3 finished, 1 failed, 1 refused",
        "- best: trial 1, loss 0.123457: rank=8 lr=1e-3",
        "",
        "![Trials](trials.png)",
    ]


def test_the_terminal_shows_brackets_as_typed_and_stars_the_best(sweep):
    text = shown(write_report(sweep, metric="loss", direction="minimize"))
    assert "5 trials, loss (lower is better)" in text
    assert "│ [1,2] │" in text
    assert [line.split("│")[1].strip() for line in text.splitlines() if "finished" in line] == ["0", "* 1", "4"]


def test_no_finished_trial_is_said(tmp_path):
    write_trial(tmp_path / "0", Trial(0, ["a=1"], "failed", None, "it broke", 1.0, "0"))
    report = write_report(tmp_path, metric="loss", direction="minimize")
    assert report.best is None
    assert report.varied == []
    assert report.lines[:2] == ["1 failed", "no trial finished: there is no loss to compare"]
    assert (tmp_path / "trials.png").exists()


def test_a_failed_trial_that_was_repeated_and_finished_is_no_failure(tmp_path):
    write_trial(tmp_path / "0", Trial(0, ["a=1"], "interrupted", None, "stopped", 1.0, "0"))
    assert write_report(tmp_path, metric="loss", direction="minimize").any_failed is True
    write_trial(tmp_path / "1", Trial(1, ["a=1"], "finished", 1.0, None, 1.0, "1"))
    report = write_report(tmp_path, metric="loss", direction="minimize")
    assert report.any_failed is False
    assert report.counts == {"finished": 1, "interrupted": 1}


def test_a_trial_killed_before_its_record_makes_no_key_vary(tmp_path):
    write_trial(tmp_path / "0", Trial(0, ["a=1", "seed=0"], "finished", 1.0, None, 1.0, "0"))
    write_trial(tmp_path / "1", Trial(1, ["a=2", "seed=0"], "finished", 2.0, None, 1.0, "1"))
    (tmp_path / "2").mkdir()
    report = write_report(tmp_path, metric="loss", direction="minimize")
    assert report.varied == ["a"]
    assert report.any_failed is True


def test_a_folder_without_trials_and_an_unknown_direction_are_refused(tmp_path):
    with pytest.raises(RunError, match="holds no trials"):
        write_report(tmp_path, metric="loss", direction="minimize")
    with pytest.raises(ConfigError, match="direction=up is not known: type objective_direction=minimize or maximize"):
        write_report(tmp_path, metric="loss", direction="up")

import signal
from pathlib import Path

import pytest

from doppel.commands.outcome import conclude
from doppel.run.directory import RunDirectory, take


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    taken = take(tmp_path, "run")
    taken.set_status("running", pid=1)
    return taken


def test_a_run_whose_workers_all_ended_well_is_finished(run: RunDirectory) -> None:
    assert conclude(run, 0) == 0
    assert run.status()["state"] == "finished"


@pytest.mark.parametrize("status", [130, -signal.SIGINT, -signal.SIGTERM])
def test_a_second_ctrl_c_is_an_interruption_too(
    status: int, run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.checkpoints.mkdir()
    (run.checkpoints / "step-00000004.ckpt").touch()
    assert conclude(run, status) == 130
    assert run.status()["state"] == "interrupted"
    assert capsys.readouterr().out == f"interrupted; continue with: doppel train resume={run.path}\n"


def test_what_a_rank_has_recorded_outlives_the_end_of_the_others(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.set_status("failed", reason="no room", is_final=True)
    assert conclude(run, 130) == 130
    assert run.status()["state"] == "failed"
    # What refused the run would refuse it again: no advice to resume.
    assert capsys.readouterr().err == (
        f"doppel: no room\nrun: {run.path}; nothing was learnt yet: mend it and start anew\n"
    )


def test_a_killed_rank_is_named_before_what_the_others_say_of_it(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.set_status("failed", reason="connection reset by peer")
    assert conclude(run, -signal.SIGKILL) == 1
    told = capsys.readouterr().err
    assert told.startswith("doppel: a worker was killed, as happens when memory runs out")
    assert f"start it again with: doppel train resume={run.path}" in told


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (-signal.SIGKILL, "a worker was killed, as happens when memory runs out: type a smaller batches.batch_size"),
        (-signal.SIGSEGV, "a worker ended by SIGSEGV: see "),
        (3, "a worker ended with status 3: see "),
    ],
)
def test_a_worker_that_could_say_nothing_has_failed(status: int, told: str, run: RunDirectory) -> None:
    assert conclude(run, status) == (3 if status == 3 else 1)
    assert run.status()["state"] == "failed"
    assert run.status()["reason"].startswith(told)

import signal
from pathlib import Path

import pytest

from doppel.commands.outcome import conclude, is_lost, tell_restart
from doppel.run.directory import RunDirectory, take
from doppel.run.processes import Ending


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    taken = take(tmp_path, "run")
    taken.set_status("running", pid=1)
    return taken


def test_a_run_whose_workers_all_ended_well_is_finished(run: RunDirectory) -> None:
    assert conclude(run, Ending(0)) == 0
    assert run.status()["state"] == "finished"


@pytest.mark.parametrize("status", [130, -signal.SIGINT, -signal.SIGTERM, -signal.SIGUSR1, -signal.SIGUSR2])
def test_a_second_ctrl_c_is_an_interruption_too(
    status: int, run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.checkpoints.mkdir()
    (run.checkpoints / "step-00000004.ckpt").touch()
    assert conclude(run, Ending(status)) == 130
    assert run.status()["state"] == "interrupted"
    assert capsys.readouterr().out == f"interrupted; continue with: doppel train resume={run.path}\n"


def test_what_a_rank_has_recorded_outlives_the_end_of_the_others(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.set_status("failed", reason="no room", is_final=True)
    assert conclude(run, Ending(130)) == 130
    assert run.status()["state"] == "failed"
    # What refused the run would refuse it again: no advice to resume.
    assert capsys.readouterr().err == (
        f"doppel: no room\nrun: {run.path}; nothing was learnt yet: mend it and start anew\n"
    )


def test_a_killed_rank_is_named_before_what_the_others_say_of_it(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    run.set_status("failed", reason="connection reset by peer")
    assert conclude(run, Ending(-signal.SIGKILL)) == 1
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
    assert conclude(run, Ending(status)) == (3 if status == 3 else 1)
    assert run.status()["state"] == "failed"
    assert run.status()["reason"].startswith(told)


def test_what_ended_an_interrupted_run_is_kept(run: RunDirectory) -> None:
    conclude(run, Ending(130, asked_by="SIGUSR2"))
    assert run.status()["asked_by"] == "SIGUSR2"


@pytest.mark.parametrize(
    ("ending", "is_so"),
    [
        (Ending(-signal.SIGKILL), True),
        (Ending(-signal.SIGSEGV), True),
        (Ending(-signal.SIGKILL, asked_by="SIGTERM"), False),  # whoever was told to stop does not begin again
        (Ending(-signal.SIGTERM), False),
        (Ending(130), False),
        (Ending(70), False),  # it could say why, and would say it again
        (Ending(0), False),
    ],
)
def test_a_lost_worker_is_one_that_was_killed_or_crashed(ending: Ending, is_so: bool) -> None:
    assert is_lost(ending) is is_so


def test_a_restart_says_from_where(run: RunDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    tell_restart(run, Ending(-signal.SIGKILL), 2)
    assert "it goes on from its beginning; restarts left after this one: 1" in capsys.readouterr().out
    run.checkpoints.mkdir()
    for step in (4, 12):
        (run.checkpoints / f"step-{step:08d}.ckpt").touch()
    tell_restart(run, Ending(-signal.SIGSEGV), 1)
    assert "it goes on from step-00000012.ckpt; restarts left after this one: 0" in capsys.readouterr().out

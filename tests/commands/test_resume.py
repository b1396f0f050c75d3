"""Real signals to real runs, and going on from them."""

import json
import os
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from doppel.run.directory import RunDirectory
from tests.driving import (
    LONGER,
    STEPS,
    done,
    end,
    from_export,
    has_logged,
    logged,
    only_run,
    start,
    state,
    wait_for,
    workers_of,
)

WEIGHTS = "adapter/adapter_model.safetensors"
Refused = Callable[..., str]


def interrupted(number: int, export: Path, cwd: Path, *words: str) -> tuple[Path, str]:
    """A run that a signal has ended in the middle, and what it told."""
    process = start(["train", *LONGER, *from_export(export), *words], cwd)
    wait_for(has_logged(cwd, 10), process)
    process.send_signal(number)
    status, output, _ = end(process)
    run = only_run(cwd)
    assert status == 130
    assert state(run) == "interrupted"
    assert len(logged(run)) < STEPS
    assert workers_of(run) == []
    return run, output


def assert_same(run: Path, other: Path) -> None:
    assert logged(run) == logged(other)
    assert (run / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()


def test_ctrl_c_and_on_is_as_if_nothing_had_happened(tiny_export: Path, finished_run: Path, tmp_path: Path) -> None:
    run, told = interrupted(signal.SIGINT, tiny_export, tmp_path)
    assert f"interrupted; continue with: doppel train resume={run}" in told
    assert not (run / "adapter").exists()
    assert "going on from step-" in done("train", f"resume={run}", cwd=tmp_path)
    assert state(run) == "finished"
    assert_same(run, finished_run)


def test_so_do_two_processes(tiny_export: Path, tmp_path: Path) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    whole.mkdir()
    parted.mkdir()
    two = ["strategy=ddp", f"trainer.max_steps={STEPS // 2}"]
    done("train", *LONGER, *from_export(tiny_export), *two, cwd=whole)
    run, told = interrupted(signal.SIGTERM, tiny_export, parted, *two)
    assert f"continue with: doppel train resume={run}" in told
    done("train", f"resume={run}", cwd=parted)
    assert_same(run, only_run(whole))


def test_a_signal_while_the_worker_starts(tiny_export: Path, tmp_path: Path) -> None:
    process = start(["train", *LONGER, *from_export(tiny_export)], tmp_path)
    wait_for(lambda: any(tmp_path.glob("outputs/train/*/log.txt")), process)
    process.send_signal(signal.SIGTERM)
    status, told, _ = end(process)
    assert status == 130
    assert "no checkpoint had been written yet" in told
    assert state(only_run(tmp_path)) == "interrupted"


@pytest.fixture
def copied(finished_run: Path, tmp_path: Path) -> Path:
    """A finished run that may be changed."""
    return Path(shutil.copytree(finished_run, tmp_path / "outputs_before" / "run"))


def test_a_finished_run_is_finished(copied: Path, refused: Refused) -> None:
    for words in ([], ["checkpoint.keep=3"], [f"trainer.max_steps={STEPS - 1}"], ["trainer.max_epochs=101"]):
        told = refused("train", f"resume={copied}", *words)
        assert f"has finished after {STEPS} steps: to train it further" in told
        assert f"trainer.max_steps={2 * STEPS}" in told


def test_a_finished_run_can_be_trained_further(copied: Path, tmp_path: Path) -> None:
    done("train", f"resume={copied}", f"trainer.max_steps={STEPS + 4}", cwd=tmp_path)
    assert [row["step"] for row in logged(copied) if "train/loss" in row] == list(range(1, STEPS + 5))
    assert state(copied) == "finished"
    (again,) = json.loads((copied / "manifest.json").read_text())["resumed"]
    assert again["arguments"][-1] == f"trainer.max_steps={STEPS + 4}"
    # The epochs of the first call no longer end it: whoever types a number of steps wants that many.
    assert yaml.safe_load((copied / "config.yaml").read_text(encoding="utf-8"))["trainer"]["max_epochs"] == -1


def test_what_would_make_it_another_run_is_refused(copied: Path, refused: Refused) -> None:
    for override in ("seed=1", "optimizer.lr=1", "model=tiny_seq2seq", "~trainer.max_steps"):
        assert "cannot change when a run goes on" in refused("train", f"resume={copied}", override)
    assert "trainer.max_steps=-5 is refused" in refused("train", f"resume={copied}", "trainer.max_steps=-5")
    assert "`trainer.max_steps` is not an override" in refused("train", f"resume={copied}", "trainer.max_steps")


def test_changed_data_is_refused(copied: Path, refused: Refused) -> None:
    file = copied / "data" / "train.jsonl"
    file.write_text(file.read_text().replace("sea", "see"))
    for words in (["train", f"resume={copied}", "trainer.max_steps=999"], ["reproduce", copied]):
        assert f"{file} is not what the run was started with" in refused(*words)


def test_what_is_no_run_is_refused(copied: Path, refused: Refused) -> None:
    assert "nowhere does not exist" in refused("train", "resume=nowhere")
    (copied / "manifest.json").write_text("{}")
    assert "is damaged: it does not say what the samples were" in refused("train", f"resume={copied}")


def test_a_run_that_another_process_works_on_is_left_alone(copied: Path, refused: Refused) -> None:
    with RunDirectory(copied).held():
        assert f"{copied} is in use by another doppel" in refused("train", f"resume={copied}", "trainer.max_steps=999")
    with RunDirectory(copied).held():
        pass


def test_a_killed_worker_is_told_and_can_be_resumed(tiny_export: Path, finished_run: Path, tmp_path: Path) -> None:
    process = start(["train", *LONGER, *from_export(tiny_export)], tmp_path)
    wait_for(lambda: any(tmp_path.glob("outputs/train/*/checkpoints/*25.ckpt")), process)
    run = only_run(tmp_path)
    (worker,) = workers_of(run)
    os.kill(worker, signal.SIGKILL)
    status, _, told = end(process)
    assert status == 1
    assert "a worker was killed, as happens when memory runs out: type a smaller batches.batch_size" in told
    assert f"continue with: doppel train resume={run}" in told
    assert state(run) == "failed"
    done("train", f"resume={run}", cwd=tmp_path)
    assert_same(run, finished_run)


def test_a_lost_worker_is_replaced_as_often_as_asked(tiny_export: Path, finished_run: Path, tmp_path: Path) -> None:
    often = ["checkpoint.every_n_steps=4", "restarts=1"]
    process = start(["train", *LONGER, *from_export(tiny_export), *often], tmp_path)
    wait_for(lambda: any(tmp_path.glob("outputs/train/*/checkpoints/*.ckpt")), process)
    run = only_run(tmp_path)
    (first,) = workers_of(run)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: workers_of(run) not in ([], [first]), process)
    (second,) = workers_of(run)
    os.kill(second, signal.SIGKILL)
    status, told, complaints = end(process)
    assert status == 1
    assert "it goes on from step-0000000" in told
    assert "restarts left after this one: 0" in told
    assert f"continue with: doppel train resume={run}" in complaints
    done("train", f"resume={run}", cwd=tmp_path)
    assert_same(run, finished_run)


def test_a_full_disk_leaves_a_run_that_can_go_on(tiny_export: Path, finished_run: Path, tmp_path: Path) -> None:
    process = start(["train", *LONGER, *from_export(tiny_export), "checkpoint.every_n_steps=4"], tmp_path)
    wait_for(lambda: any(tmp_path.glob("outputs/train/*/checkpoints/*04.ckpt")), process)
    run = only_run(tmp_path)
    (worker,) = workers_of(run)
    # No file may grow beyond this: a checkpoint is cut in the middle, what is smaller is still written.
    size = next((run / "checkpoints").glob("*.ckpt")).stat().st_size // 2
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    status, _, told = end(process)
    assert status == 2
    assert "could not be saved" in told
    assert "Checkpoints saved before are intact" in told
    assert f"continue with: doppel train resume={run}" in told
    assert state(run) == "failed"
    assert list((run / "checkpoints").glob(".*")) == []
    done("train", f"resume={run}", cwd=tmp_path)
    assert_same(run, finished_run)


def test_a_killed_rank_takes_the_other_with_it(tiny_export: Path, tmp_path: Path) -> None:
    process = start(["train", *LONGER, *from_export(tiny_export), "strategy=ddp"], tmp_path)
    wait_for(has_logged(tmp_path, 3), process)
    run = only_run(tmp_path)
    os.kill(max(workers_of(run)), signal.SIGKILL)
    status, _, told = end(process)
    assert status != 0
    assert state(run) == "failed"
    assert f"doppel train resume={run}" in told
    assert workers_of(run) == []


def test_no_worker_outlives_a_killed_parent(tiny_export: Path, tmp_path: Path) -> None:
    process = start(["train", *LONGER, *from_export(tiny_export), "trainer.max_steps=100000"], tmp_path)
    wait_for(has_logged(tmp_path, 3), process)
    run = only_run(tmp_path)
    assert len(workers_of(run)) == 1
    process.kill()
    process.communicate()
    wait_for(lambda: workers_of(run) == [])

"""Several machines, each a launcher's process on this one: torchrun's own agents, and SLURM's variables."""

import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from doppel.run.processes import free_port
from tests.driving import (
    LONGER,
    done,
    doppel,
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
TWO_MACHINES = ["strategy=ddp", "trainer.devices=1", "trainer.num_nodes=2", "trainer.max_steps=60"]


def agents(words: list[str], cwd: Path, *options: str) -> list[subprocess.Popen[str]]:
    """torchrun on two machines, which find each other by a rendezvous."""
    here = [f"--rdzv-endpoint=127.0.0.1:{free_port()}", "--rdzv-backend=c10d", "--local-addr=127.0.0.1", *options]
    command = ["-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1", *here, "-m", "doppel", *words]
    return [start(command[2:], cwd, module=command[1]) for _ in range(2)]


def srun(words: list[str], cwd: Path) -> list[subprocess.Popen[str]]:
    """The tasks of a job step on two machines."""
    step = {"SLURM_JOB_ID": str(random.randrange(10**9)), "SLURM_STEP_ID": "0", "SLURM_JOB_NAME": "doppel"}
    step |= {"SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NUM_NODES": "2", "SLURM_NNODES": "2"}
    step |= {"SLURM_LOCALID": "0", "SLURMD_NODENAME": "127.0.0.1"}
    return [start(words, cwd, more={**step, "SLURM_PROCID": rank, "SLURM_NODEID": rank}) for rank in ("0", "1")]


def ended(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    try:
        return [end(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def on_one_machine(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("one")
    done("train", *LONGER, *from_export(tiny_export), *TWO_MACHINES[3:], "strategy=ddp", cwd=cwd)
    return only_run(cwd)


def test_two_machines_learn_what_two_processes_on_one_do(
    tiny_export: Path, on_one_machine: Path, tmp_path: Path
) -> None:
    endings = ended(agents(["train", *LONGER, *from_export(tiny_export), *TWO_MACHINES], tmp_path))
    assert [status for status, _, _ in endings] == [0, 0], endings
    run = only_run(tmp_path)  # one directory, and nothing left of the meeting
    assert state(run) == "finished"
    assert logged(run) == logged(on_one_machine)
    assert (run / WEIGHTS).read_bytes() == (on_one_machine / WEIGHTS).read_bytes()


def test_a_fault_is_told_once_and_ends_all(tiny_export: Path, tmp_path: Path) -> None:
    endings = ended(srun(["train", *from_export(tiny_export), *TWO_MACHINES, "optimizer.lr=-1"], tmp_path))
    assert [status for status, _, _ in endings] == [2, 2]
    assert "optimizer.lr=-1 is refused" in endings[0][2]
    assert endings[1][2] == ""


def test_where_the_data_cannot_be_read_the_others_do_not_wait(tmp_path: Path) -> None:
    endings = ended(srun(["train", "model=tiny_causal", *from_export(tmp_path / "none"), *TWO_MACHINES], tmp_path))
    assert [status for status, _, _ in endings] == [2, 2]
    assert endings[1][2] == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["strategy=ddp", "trainer.devices=2", "trainer.num_nodes=2"], "processes x launcher"),
        (["strategy=single"], "processes x launcher"),
        ([*TWO_MACHINES, "seed=1,2", "--multirun"], "start it without torchrun or srun"),
    ],
)
def test_what_does_not_fit_the_launcher_is_refused(words: list[str], told: str, tmp_path: Path) -> None:
    assert told in ended(srun(["train", "model=tiny_causal", *words], tmp_path))[0][2]


def test_several_machines_need_a_launcher(tmp_path: Path) -> None:
    status, _, complaints = doppel("train", "strategy=ddp", "trainer.num_nodes=2", cwd=tmp_path)
    assert status == 2
    assert "start it on each machine with torchrun or srun" in complaints


@pytest.mark.slow
def test_a_warning_to_one_machine_saves_the_run_and_another_launcher_goes_on(
    tiny_export: Path, on_one_machine: Path, tmp_path: Path
) -> None:
    words = ["train", *LONGER, *from_export(tiny_export), *TWO_MACHINES]
    processes = srun(words, tmp_path)
    wait_for(has_logged(tmp_path, 8), processes[0])
    processes[1].send_signal(signal.SIGUSR1)  # SLURM: the time is nearly over
    endings = ended(processes)
    assert [status for status, _, _ in endings] == [130, 130], endings
    run = only_run(tmp_path)
    assert state(run) == "interrupted"
    assert f"continue with: doppel train resume={run}" in endings[0][1]
    endings = ended(agents(["train", f"resume={run}"], tmp_path))
    assert [status for status, _, _ in endings] == [0, 0], endings
    assert logged(run) == logged(on_one_machine)
    assert (run / WEIGHTS).read_bytes() == (on_one_machine / WEIGHTS).read_bytes()


@pytest.mark.slow
def test_what_torchrun_starts_again_goes_on_by_itself(tiny_export: Path, on_one_machine: Path, tmp_path: Path) -> None:
    words = ["train", *LONGER, *from_export(tiny_export), *TWO_MACHINES, "checkpoint.every_n_steps=5"]
    processes = agents(words, tmp_path, "--max-restarts=1", "--rdzv-id=nell")
    wait_for(lambda: any(tmp_path.glob("outputs/train/*/checkpoints/step-*10.ckpt")), processes[0])
    run = only_run(tmp_path)
    os.kill(max(workers_of(run)), signal.SIGKILL)
    endings = ended(processes)
    assert [status for status, _, _ in endings] == [0, 0], endings
    assert only_run(tmp_path) == run
    assert "going on from step-" in "".join(output for _, output, _ in endings)
    assert logged(run) == logged(on_one_machine)
    assert (run / WEIGHTS).read_bytes() == (on_one_machine / WEIGHTS).read_bytes()


@pytest.mark.slow
def test_a_requeued_job_on_one_machine_goes_on_by_itself(tiny_export: Path, finished_run: Path, tmp_path: Path) -> None:
    """`sbatch` without srun: the batch script's own process."""
    words = ["train", *LONGER, *from_export(tiny_export)]
    process = start(words, tmp_path, more={"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"})
    wait_for(has_logged(tmp_path, 10), process)
    process.send_signal(signal.SIGUSR1)
    assert end(process)[0] == 130
    run = only_run(tmp_path)
    status, output, complaints = end(start(words, tmp_path, more={"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "1"}))
    assert status == 0, complaints
    assert "going on from step-" in output
    assert only_run(tmp_path) == run
    assert logged(run) == logged(finished_run)

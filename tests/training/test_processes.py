"""Two real processes over gloo, started once for all that they show."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from doppel.batches.padded import Padded
from tests import tiny_run
from tests.tiny_run import STEP_OF_FOUR, logged, losses, train


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, tiny_run.__file__, "two processes", str(folder)]
    workers = [
        subprocess.Popen(
            command,
            env=os.environ | common | {"RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    try:
        outputs = [worker.communicate(timeout=120) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    assert [output for output, _ in outputs] == ["step-00000005.ckpt\n"] * 2
    complaints = [line for line in outputs[0][1].splitlines() if "kernels-community" not in line]  # bitsandbytes' own
    assert not complaints  # of an open process group, or of anything else
    return folder


@pytest.mark.parametrize("is_weighed", [False, True])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_batch_of_4_is_2_processes_with_2(two_processes, tmp_path, architecture, is_weighed) -> None:
    batches = Padded(batch_size=4, max_tokens=64)
    train(tmp_path, batches=batches, architecture=architecture, is_weighed=is_weighed, **STEP_OF_FOUR)
    folder = two_processes / (f"{architecture} weighed" if is_weighed else architecture)
    whole, divided = losses(tmp_path), losses(folder)
    residuals = [one - other for one, other in zip(whole, divided, strict=True)]
    assert len(residuals) == 18
    assert max(map(abs, residuals)) < 1e-5
    assert min(residuals) < 0 < max(residuals)
    for name in ("train/learnt_tokens", "train/learning_rate"):
        assert losses(tmp_path, name) == losses(folder, name)


@pytest.mark.parametrize("kind", ["pairs", "alone"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_judged_replies_are_the_same_in_2_processes(two_processes, tmp_path, architecture, kind) -> None:
    batches = Padded(batch_size=4, max_tokens=64)
    train(tmp_path, batches=batches, architecture=architecture, kind=kind, num_validation=5, **STEP_OF_FOUR)
    folder = two_processes / f"{architecture} {kind}"
    largest = {"train/loss": 1e-6, "validation/loss": 1e-6, "train/reward_margin": 1e-5, "train/kl": 1e-4}
    for name, most in largest.items():
        pairs = list(zip(losses(tmp_path, name), losses(folder, name), strict=True))
        assert max((abs(one - other) for one, other in pairs), default=0) < most


@pytest.mark.parametrize("step", [2, 6, 8])
def test_both_go_on_as_if_nothing_had_happened(two_processes, step) -> None:
    # That the weights are equal is asserted where they are, in the processes.
    full = logged(two_processes / "full")
    assert [row for row in full if row["step"] > step] == logged(two_processes / f"from {step}")


def test_a_signal_to_one_stops_both_and_nothing_is_lost(two_processes) -> None:
    assert logged(two_processes / "interrupted") == logged(two_processes / "full")

import subprocess
from collections.abc import Iterator

import pytest

from doppel.config import machine


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    cached = (machine.fastest_precision, machine.gpu_capabilities, machine.cpu_flags)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


def on_a_machine(monkeypatch: pytest.MonkeyPatch, *, gpus: str, flags: str) -> None:
    monkeypatch.setattr(machine.shutil, "which", lambda _name: "nvidia-smi" if gpus else None)
    answer = subprocess.CompletedProcess([], 0, stdout=gpus, stderr="")
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: answer)
    monkeypatch.setattr(machine, "cpu_flags", lambda: frozenset(flags.split()))


@pytest.mark.parametrize(
    ("gpus", "flags", "option", "why"),
    [
        ("", "avx2 avx512_bf16", "bf16", "avx512_bf16"),
        ("", "avx2", "fp32", "no bf16 instructions"),
        ("8.0\n9.0\n", "avx2", "bf16", "compute capability 8.0"),
        ("9.0\n7.5\n", "avx512_bf16", "fp32", "compute capability 7.5"),
    ],
)
def test_the_precision_follows_the_machine_and_says_why(
    monkeypatch: pytest.MonkeyPatch, gpus: str, flags: str, option: str, why: str
) -> None:
    on_a_machine(monkeypatch, gpus=gpus, flags=flags)
    choice = machine.fastest_precision()
    assert choice.option == option
    assert why in choice.why


def test_ddp_takes_every_gpu_or_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(monkeypatch, gpus="9.0\n9.0\n9.0\n", flags="")
    assert machine.ddp_devices() == 3
    machine.gpu_capabilities.cache_clear()
    on_a_machine(monkeypatch, gpus="", flags="")
    assert machine.ddp_devices() == 2


def test_a_driver_that_hangs_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("nvidia-smi", 20)

    on_a_machine(monkeypatch, gpus="9.0\n", flags="")
    monkeypatch.setattr(machine.subprocess, "run", hang)
    assert machine.gpu_capabilities() == ()


SMI = "NVIDIA A100-SXM4-80GB, 8.0, 81920 MiB, 80900 MiB\nTesla T4, 7.5, 15360 MiB, 15000 MiB\n"


def test_the_gpus_of_this_machine_are_those_that_a_run_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(monkeypatch, gpus=SMI, flags="")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    first, second = machine.gpus_here()
    assert first == machine.GpuHere("NVIDIA A100-SXM4-80GB", 8.0, 80.0, 79.004)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert machine.gpus_here() == (second,)


def test_a_driver_that_does_not_tell_has_no_gpus_to_plan_for(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_machine(monkeypatch, gpus="NVIDIA GH200, 9.0, [N/A], [N/A]\n", flags="")
    assert machine.gpus_here() == ()
    on_a_machine(monkeypatch, gpus="", flags="")
    assert machine.gpus_here() == ()

"""Fits, tight and does not; seconds by the roofline; what several devices share."""

from dataclasses import replace
from typing import Any

import pytest

from doppel.config.build import build_all
from doppel.config.compose import compose
from doppel.plan.gpu import Gpu
from doppel.plan.roofline import LAUNCH_SECONDS, seconds
from doppel.plan.spread import Spread
from doppel.plan.step import Step, deeper, step_of
from doppel.plan.trace import Storage, Trace, Work
from doppel.plan.verdict import Machine

GIB = 2**30
GPU = Gpu(
    title="of a test",
    known_as="T1 10GB",
    capability=8.0,
    memory_gib=10.0,
    bandwidth_gb=1000.0,
    teraflops_16=100.0,
    teraflops_32=10.0,
    link_gb=10.0,
    price=1.0,
)
MACHINE = Machine(
    context_gib=1.0, context_several_gib=1.0, margin=0.1, efficiency=1.0, host_gb=1.0, slower=2.0, faster=1.0
)
STEP = Step(
    allocated=7 * GIB,
    by_category={"weights": 7 * GIB},
    beside=0,
    reserved=8 * GIB,
    weights=1,
    trained=1,
    micro={Work(10**13, 0, 16): 1},
    update={},
    sent_per_micro=0,
    sent_per_step=0,
    moved_per_micro=0,
    moved_per_step=0,
    can_do_with=None,
    peak=None,
)


@pytest.mark.parametrize(
    ("allocated", "reserved", "verdict"),
    [(7.0, 8.0, "fits"), (7.0, 8.5, "tight"), (8.9, 20.0, "tight"), (9.1, 9.1, "does not")],
)
def test_the_context_and_the_margin_come_off_the_memory(allocated: float, reserved: float, verdict: str) -> None:
    step = replace(STEP, allocated=allocated * GIB, reserved=reserved * GIB)
    assert MACHINE.verdict(step, GPU, 1) == verdict
    assert MACHINE.room(GPU, 2) == 8 * GIB


def test_an_allocator_that_cannot_manage_is_a_no() -> None:
    step = replace(STEP, reserved=12 * GIB, can_do_with=lambda room: room > 9 * GIB)
    assert MACHINE.verdict(step, GPU, 1) == "does not"
    assert MACHINE.verdict(replace(step, can_do_with=lambda room: room == 9 * GIB), GPU, 1) == "tight"


def test_an_operation_takes_what_is_slowest_of_it() -> None:
    def of(work: Work, gpu: Gpu = GPU, **more: Any) -> float:
        return seconds({work: 2}, gpu, 0.5, is_bf16=True, **more)

    assert of(Work(10**12, 10, 16)) == pytest.approx(2 * 0.02)
    assert of(Work(10**12, 10, 32)) == pytest.approx(2 * 0.2)
    assert of(Work(0, 10**9, 16)) == pytest.approx(2 * 0.002)
    assert of(Work(0, 10, 16)) == pytest.approx(2 * LAUNCH_SECONDS)
    assert of(Work(10**12, 10, 16), replace(GPU, capability=7.5)) == pytest.approx(2 * 0.2)  # without bf16


def test_a_step_takes_from_hidden_to_serial_communication() -> None:
    step = replace(STEP, sent_per_micro=3e9)
    assert MACHINE.step_seconds(step, GPU, 2, is_bf16=True) == (pytest.approx(0.6), pytest.approx(2 * (0.2 + 0.6)))


def test_what_moves_to_main_memory_takes_its_time() -> None:
    step = replace(STEP, moved_per_micro=1e9, moved_per_step=5e8)
    assert MACHINE.step_seconds(step, GPU, 2, is_bf16=True) == (pytest.approx(2.5), pytest.approx(2 * (0.2 + 2.5)))


def test_a_gpu_is_known_by_whole_words_of_what_its_driver_says() -> None:
    table = build_all(compose("plan", [])[0]["gpu"])
    names = {
        "Tesla T4": "t4",
        "NVIDIA A100-SXM4-80GB": "a100_80gb",
        "NVIDIA A100-PCIE-40GB": "a100_40gb",
        "NVIDIA H100 80GB HBM3": "h100",
        "NVIDIA L40S": "l40s",
        "NVIDIA L4": "l4",
        "NVIDIA GeForce RTX 3090": "rtx_3090",
        "NVIDIA A10G": "a10g",
        "NVIDIA H100 PCIe": None,
    }
    for name, wanted in names.items():
        assert [key for key, gpu in table.items() if gpu.is_named(name)] == ([wanted] if wanted else [])


def storage(category: Any, size: int, born: int, phase: Any = "setup", module: str = "layers.0.a") -> Storage:
    operation = "loading" if phase == "setup" else "mm"
    return Storage(size, born, phase, module, operation, (size,), "bfloat16", category=category)


LIVES = [
    storage("weights", 4000, 1),
    storage("weights", 800, 2, module="head"),
    storage("gradients", 4000, 3, "backward"),
    storage("optimizer", 8000, 4, "step"),
    storage("activations", 100, 5, "forward"),
    storage("temporaries", 400, 6, "step"),
]


@pytest.mark.parametrize(
    ("spread", "allocated", "beside"),
    [
        (Spread("single", 1), 17300, 0),
        (Spread("ddp", 4), 17300 + 4000, 4000),
        (Spread("fsdp", 4), 1200 + 1000 + 2000 + 100 + 100 + 4800 + 6666, 4800 + 6666),
        (Spread("zero1", 4), 4800 + 4000 + 2000 + 100 + 100 + 2000 + 8000, 10000),
        (Spread("zero2", 4), 4800 + 1000 + 2000 + 100 + 100 + 2000 + 8000, 10000),
        (Spread("zero3", 4), 1200 + 1000 + 2000 + 100 + 100 + 2000 + 8000 + 4800, 14800),
        (Spread("fsdp", 4, offloads_weights=True), 100 + 4800 + 6666, 4800 + 6666),
    ],
)
def test_what_a_strategy_splits_is_divided_and_what_it_gathers_added(
    spread: Spread, allocated: int, beside: int
) -> None:
    trace = Trace(LIVES, {(1, False): {}, (1, True): {}})
    step = step_of(trace, spread, micro_batches=1, weights=2400, trained=2000, trained_bytes=4000)
    assert (step.allocated, step.beside) == (allocated, beside)


def test_offloaded_activations_are_gone_but_for_the_largest() -> None:
    kept = [storage("activations", 5000 + at, 7 + at, "forward") for at in range(6)]
    trace = Trace([*LIVES, *kept], {(1, False): {}, (1, True): {}})
    spread = Spread("single", 1, offloads_activations=True)
    step = step_of(trace, spread, micro_batches=1, weights=2400, trained=2000, trained_bytes=4000)
    assert step.beside == 5005 + 5004 + 5003
    assert step.allocated == 17300 + step.beside
    assert step.moved_per_micro == sum(one.size for one in kept)  # there and back, of one of two steps


def test_offloaded_weights_come_twice_and_gradients_go() -> None:
    trace = Trace(LIVES, {(1, False): {}, (1, True): {}})
    told = {"micro_batches": 1, "weights": 2400, "trained": 2000, "trained_bytes": 4000}
    assert step_of(trace, Spread("fsdp", 4, offloads_weights=True), **told).moved_per_micro == (2 * 4800 + 4000) / 4
    assert step_of(trace, Spread("zero2", 4, offloads_optimizer=True), **told).moved_per_step == 2 * 4000 / 4


def test_a_deeper_model_goes_on_as_the_last_layers_did() -> None:
    deep = replace(STEP, allocated=9 * GIB, by_category={"weights": 8 * GIB}, micro={Work(10**13, 0, 16): 3})
    deepest = deeper(STEP, deep, 3)
    assert (deepest.allocated, deepest.by_category["weights"]) == (13 * GIB, 10 * GIB)
    assert deepest.micro == {Work(10**13, 0, 16): 7}

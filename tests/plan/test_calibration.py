"""What a run has measured takes the place of what a plan takes for granted."""

import pytest

from doppel.plan.calibration import Calibration, Foreseen, Measured, calibrated
from doppel.plan.verdict import Machine

GIB = 2**30
MACHINE = Machine(
    context_gib=0.6, context_several_gib=1.0, margin=0.05, efficiency=0.8, host_gb=12, slower=1.5, faster=1.2
)
FORESEEN = Foreseen(reserved=10 * GIB, positions_per_second=1000.0, efficiency=0.8)


def made(measured: Measured) -> Calibration:
    return calibrated("Tesla T4", FORESEEN, measured, run="outputs/train/x", at="2026-01-01T00:00:00+00:00")


def test_a_run_that_was_half_as_fast_and_larger_than_foreseen() -> None:
    found = made(Measured(reserved=11 * GIB, beside_torch=0.45 * GIB, positions_per_second=500.0))
    assert (found.efficiency, found.context_gib, found.more_reserved) == (0.4, 0.45, 0.1)
    machine = found.of(MACHINE)
    assert (machine.efficiency, machine.context_gib, machine.margin) == (0.4, 0.45, 0.1)
    assert (machine.slower, machine.context_several_gib) == (1.5, 1.0)


def test_a_run_that_was_smaller_leaves_the_margin_and_another_program_the_context() -> None:
    found = made(Measured(reserved=9 * GIB, beside_torch=9 * GIB, positions_per_second=9000.0))
    assert found.context_gib is None
    machine = found.of(MACHINE)
    assert (machine.efficiency, machine.context_gib, machine.margin) == (1.0, 0.6, 0.05)


def test_plans_after_a_run_foresee_what_it_measured() -> None:
    found = made(Measured(reserved=10 * GIB, beside_torch=GIB, positions_per_second=700.0))
    again = calibrated(
        "Tesla T4",
        Foreseen(10 * GIB, 700.0, found.efficiency),
        Measured(10 * GIB, GIB, 700.0),
        run="y",
        at="2026-01-02T00:00:00+00:00",
    )
    assert again.efficiency == pytest.approx(found.efficiency)

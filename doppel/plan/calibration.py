"""What a run on a GPU has measured, in place of what a plan would take for granted of that kind of GPU."""

from __future__ import annotations

from dataclasses import dataclass, replace

from doppel.plan.verdict import Machine

LEAST_EFFICIENCY = 0.02  # of the data sheet's rates: a run that waits for its data reaches little more
MOST_CONTEXT_GIB = 4.0  # what is more is another program's


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a plan said of a run on one GPU."""

    reserved: float  # bytes
    positions_per_second: float  # in the middle: neither slower nor faster
    efficiency: float  # at which that was reckoned


@dataclass(frozen=True, slots=True)
class Measured:
    """What the run took there."""

    reserved: float  # bytes
    beside_torch: float  # bytes of the GPU's memory that its program took and torch does not count
    positions_per_second: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What holds for a kind of GPU since a run on one of them."""

    gpu: str  # as its driver calls it
    efficiency: float
    context_gib: float | None  # None where another program was at work
    more_reserved: float  # share by which the run's memory passed the plan's; 0 where it did not
    run: str
    measured_at: str

    def of(self, machine: Machine) -> Machine:
        """The machine with this in place of what was taken for granted."""
        return replace(
            machine,
            efficiency=self.efficiency,
            context_gib=machine.context_gib if self.context_gib is None else self.context_gib,
            margin=max(machine.margin, self.more_reserved),
        )


def calibrated(gpu: str, foreseen: Foreseen, measured: Measured, *, run: str, at: str) -> Calibration:
    """What follows from a run: the share of the rates is scaled by how much faster it was than foreseen."""
    efficiency = foreseen.efficiency * measured.positions_per_second / foreseen.positions_per_second
    context = measured.beside_torch / 2**30
    return Calibration(
        gpu=gpu,
        efficiency=round(min(1.0, max(LEAST_EFFICIENCY, efficiency)), 3),
        context_gib=round(context, 3) if 0 < context <= MOST_CONTEXT_GIB else None,
        more_reserved=round(max(0.0, measured.reserved / foreseen.reserved - 1), 4),
        run=run,
        measured_at=at,
    )

"""Whether a step fits a GPU, and how long it takes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from doppel.plan.gpu import Gpu
from doppel.plan.roofline import seconds
from doppel.plan.step import Step
from doppel.types import NonNegativeFloat, PositiveFloat

Verdict = Literal["fits", "tight", "does not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is not on a GPU's data sheet, and how sure the plan is."""

    context_gib: NonNegativeFloat  # that CUDA and its libraries take before the first tensor
    context_several_gib: NonNegativeFloat  # more of it where devices talk to each other
    margin: NonNegativeFloat  # share of the reserved memory that a run may need beyond what is foreseen
    efficiency: PositiveFloat  # share of a data sheet's rates that operations reach
    host_gb: PositiveFloat  # GB a second between a GPU and main memory
    slower: PositiveFloat  # how many times as long as that a step may take
    faster: PositiveFloat

    def context(self, devices: int) -> int:
        """Bytes."""
        return int((self.context_gib + (self.context_several_gib if devices > 1 else 0)) * 2**30)

    def room(self, gpu: Gpu, devices: int) -> int:
        """Bytes of a GPU that tensors may have."""
        return gpu.memory - self.context(devices)

    def verdict(self, step: Step, gpu: Gpu, devices: int) -> Verdict:
        """fits: with the margin; tight: the tensors fit, and what lies between them may not; does not: never."""
        room = self.room(gpu, devices)
        if step.reserved * (1 + self.margin) <= room:
            return "fits"
        if step.allocated > room or (step.can_do_with is not None and not step.can_do_with(room)):
            return "does not"
        return "tight"

    def step_seconds(self, step: Step, gpu: Gpu, accumulate: int, *, is_bf16: bool) -> tuple[float, float]:
        """The least and the most that an optimizer step takes: communication hidden behind arithmetic, or after it."""
        micro = seconds(step.micro, gpu, self.efficiency, is_bf16=is_bf16)
        update = seconds(step.update, gpu, self.efficiency, is_bf16=is_bf16)
        sent = (accumulate * step.sent_per_micro + step.sent_per_step) / (gpu.link_gb * 1e9 * self.efficiency)
        moved = (accumulate * step.moved_per_micro + step.moved_per_step) / (self.host_gb * 1e9)
        reckoned = accumulate * micro + update
        return max(reckoned, sent, moved) / self.faster, (reckoned + sent + moved) * self.slower


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of GPU, and what a plan takes for granted of it."""

    gpu: Gpu
    machine: Machine

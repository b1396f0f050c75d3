"""How long a step takes: each operation as long as its arithmetic or its memory traffic does, whichever is longer."""

from __future__ import annotations

from collections.abc import Mapping

from doppel.plan.gpu import Gpu
from doppel.plan.trace import Work

LAUNCH_SECONDS = 5e-6  # an operation takes no less: torch has to hand it to the GPU
WIDE = 16  # bits: numbers of more are multiplied at the rate of fp32


def seconds(work: Mapping[Work, float], gpu: Gpu, efficiency: float, *, is_bf16: bool) -> float:
    """The time of some operations at this share of the GPU's rates; a GPU without bf16 reckons it as fp32."""
    narrow = gpu.teraflops_32 if is_bf16 and not gpu.has_bf16 else gpu.teraflops_16
    rates = {True: gpu.teraflops_32 * 1e12 * efficiency, False: narrow * 1e12 * efficiency}
    bandwidth = gpu.bandwidth_gb * 1e9 * efficiency
    return sum(
        number * max(one.operations / rates[one.bits > WIDE], one.traffic / bandwidth, LAUNCH_SECONDS)
        for one, number in work.items()
    )

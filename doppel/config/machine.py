"""What this machine is good for, told without importing torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PrecisionChoice:
    """An option of conf/precision and the reason for it."""

    option: str
    why: str


@cache
def fastest_precision() -> PrecisionChoice:
    """The precision option that trains fastest here without scaling tricks."""
    gpus = gpu_capabilities()
    if gpus:
        lowest = min(gpus)
        # bf16 matrix units came with compute capability 8.0 (Ampere).
        option = "bf16" if lowest >= (8, 0) else "fp32"
        return PrecisionChoice(option, f"the GPU has compute capability {lowest[0]}.{lowest[1]}")
    flags = cpu_flags()
    for flag in ("amx_bf16", "avx512_bf16", "bf16"):
        if flag in flags:
            # Measured on an EPYC with avx512_bf16: bf16 matrix products at 2.2 times the fp32 rate.
            return PrecisionChoice("bf16", f"this CPU multiplies bf16 in hardware ({flag})")
    return PrecisionChoice("fp32", "this CPU has no bf16 instructions")


def ddp_devices() -> int:
    """The processes that strategy=ddp starts: one for each GPU, or two on a CPU."""
    return max(2, len(gpu_capabilities()))


@cache
def gpu_capabilities() -> tuple[tuple[int, int], ...]:
    """The compute capability of each NVIDIA GPU, () where there is none."""
    pairs = (line.split(".") for line in _told_by_driver("compute_cap"))
    return tuple((int(pair[0]), int(pair[1])) for pair in pairs if len(pair) == 2)


@dataclass(frozen=True, slots=True)
class GpuHere:
    """A GPU of this machine, as its driver tells it now."""

    name: str
    capability: float
    memory_gib: float  # with what the driver keeps for itself
    free_gib: float  # what programs have not taken


def gpus_here() -> tuple[GpuHere, ...]:
    """The GPUs that a run may use, by their driver; () where there is none or it does not tell."""
    rows = [line.split(", ") for line in _told_by_driver("name,compute_cap,memory.total,memory.free")]
    try:
        found = [
            GpuHere(name, float(capability), *(round(float(mib.removesuffix(" MiB")) / 1024, 3) for mib in sizes))
            for name, capability, *sizes in rows
        ]
    except (ValueError, TypeError):  # "[N/A]", as some drivers say of some of it
        return ()
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if all(number.isdecimal() and int(number) < len(found) for number in chosen):
        return tuple(found[int(number)] for number in chosen)
    return tuple(found)


def _told_by_driver(question: str) -> list[str]:
    """A line for each NVIDIA GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [program, f"--query-gpu={question}", "--format=csv,noheader"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):  # a driver that hangs has no GPU to give
        return []
    return answer.stdout.splitlines() if answer.returncode == 0 else []


@cache
def cpu_flags() -> frozenset[str]:
    """The instruction set flags of the first CPU; empty where the system does not list them."""
    listing = Path("/proc/cpuinfo")
    if not listing.is_file():
        return frozenset()
    for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.lower().startswith(("flags", "features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

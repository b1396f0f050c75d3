"""How fast a run learns, how much memory that takes, and what share of the hardware's arithmetic it uses."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from doppel.types import NOT_LEARNT, Architecture

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

NUM_COUNTS = 4  # what `counts` gives
# What a clock or the machine says of a step: no two runs log the same.
MEASURED = ("tokens_per_second", "learnt_tokens_per_second", "padded_tokens_per_second", "peak_memory_mib", "mfu")

# Dense 16-bit matrix products with 32-bit sums, 10^12 operations a second, from NVIDIA's data sheets; the first name
# that the device's name holds counts.
PEAK_TERAFLOPS = (
    ("B200", 2250.0),
    ("H200", 989.4),
    ("H100 PCIe", 756.0),
    ("H100 NVL", 835.0),
    ("H100", 989.4),
    ("A100", 312.0),
    ("A800", 312.0),
    ("L40S", 362.0),
    ("L40", 181.0),
    ("L4", 121.0),
    ("A40", 149.7),
    ("RTX A6000", 154.8),
    ("RTX 5090", 209.5),
    ("RTX 4090", 165.2),
    ("RTX 3090", 71.0),
    ("A10", 125.0),
    ("V100", 125.0),
    ("T4", 65.0),
)


class Meter:
    """Sums what the micro-batches of a step hold, and tells what the step took once it is over."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture: Architecture = architecture
        self._arithmetic: Arithmetic | None = None

    def start(self, device: torch.device) -> None:
        """Begins, on the device of the loss."""
        self._device = device
        self._sums = torch.zeros(1 + NUM_COUNTS, dtype=torch.float64, device=device)
        self._clock = time.perf_counter()

    def add(self, nll: Tensor, batch: dict[str, Any]) -> None:
        """Adds a micro-batch and its loss."""
        self._sums += torch.cat([nll.detach().double().reshape(1), counts(batch, self._architecture)])

    def leave_out(self, seconds: float) -> None:
        """Takes back time that was not spent on training."""
        self._clock += seconds

    def sums(self, over_processes: Callable[[Tensor], list[float]]) -> list[float]:
        """The loss in nats and the counts of the step, over all processes; the sums begin anew."""
        sums = over_processes(self._sums)
        self._sums.zero_()
        return sums

    def speed(self, sums: list[float], model: Any, *, processes: int, is_16_bit: bool) -> dict[str, float]:
        """What is logged of a step, by name: tokens a second over all processes, and this process's memory.

        The share of the hardware's arithmetic (MFU) only where the device's own figure is known, which is of 16 bits.
        """
        now = time.perf_counter()
        seconds, self._clock = now - self._clock, now
        _, real, positions, learnt, squares = sums
        told = {
            "train/tokens_per_second": real / seconds,
            "train/learnt_tokens_per_second": learnt / seconds,
            "train/padded_tokens_per_second": positions / seconds,
            "train/peak_memory_mib": peak_memory_mib(self._device),
        }
        peak = peak_flops(self._device)
        if peak is not None and is_16_bit:
            self._arithmetic = self._arithmetic or arithmetic_of(model)
            told["train/mfu"] = self._arithmetic(real, learnt, squares) / seconds / peak / processes
        return told


def counts(batch: dict[str, Any], architecture: Architecture) -> Tensor:
    """(4,) float64 of a micro-batch: real tokens, positions with padding, learnt tokens, squares of sample lengths.

    Source and target are both counted. Squares are what attention costs: of a sample with itself, and of a target with
    its source.
    """
    is_learnt = batch["labels"] != NOT_LEARNT
    learnt = is_learnt.sum()
    if "position_ids" in batch:  # packed: next to nothing is padding
        real = positions = learnt.new_tensor(is_learnt.numel())
        starts = (batch["position_ids"] == 0).flatten().nonzero()[:, 0]
        squares = torch.diff(starts, append=starts.new_tensor([is_learnt.numel()])).double().square().sum()
        return torch.stack([real.double(), positions.double(), learnt.double(), squares])
    lengths = batch["attention_mask"].sum(1).double()
    real, positions, squares = (
        lengths.sum(),
        lengths.new_tensor(batch["attention_mask"].numel()),
        lengths.square().sum(),
    )
    if architecture == "seq2seq":
        targets = is_learnt.sum(1).double()
        real, positions = real + targets.sum(), positions + is_learnt.numel()
        squares = squares + targets.square().sum() + (lengths * targets).sum()
    return torch.stack([real, positions, learnt.double(), squares])


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The operations of a training step by what it reads, without any that are made twice to save memory."""

    per_token: float
    per_learnt_token: float
    per_square: float

    def __call__(self, real: float, learnt: float, squares: float) -> float:
        """Floating-point operations, forward and backward."""
        return self.per_token * real + self.per_learnt_token * learnt + self.per_square * squares


def arithmetic_of(model: Any) -> Arithmetic:
    """The 6 N rule (Kaplan et al., 2020), told apart: 2 a weight forward, 2 back through it, 2 more to train it.

    N are the weights of matrix products: embeddings are only looked up, the head is asked for learnt tokens alone.
    Attention costs 4 an entry and feature forward, and twice that backward; causal attention has half the entries.
    """
    head = model.get_output_embeddings()
    of_head = {id(parameter) for parameter in head.parameters()} if head is not None else set()
    embeddings = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    per_token = per_learnt_token = 0.0
    for parameter in model.parameters():
        operations = (6.0 if parameter.requires_grad else 4.0) * _num_weights(parameter)
        if id(parameter) in of_head:
            per_learnt_token += operations
        elif id(parameter) not in embeddings and parameter.ndim > 1:
            per_token += operations
    config = model.config
    layers, width = getattr(config, "num_hidden_layers", 0), getattr(config, "hidden_size", 0)
    return Arithmetic(per_token, per_learnt_token, (12.0 if config.is_encoder_decoder else 6.0) * layers * width)


def _num_weights(parameter: nn.Parameter) -> int:
    state = getattr(parameter, "quant_state", None)  # two weights in a byte
    if state is not None:
        return int(torch.Size(state.shape).numel())
    return getattr(parameter, "ds_numel", None) or parameter.numel()  # ZeRO leaves nothing in the parameter itself


def peak_flops(device: torch.device) -> float | None:
    """What the device can do in 16 bits, operations a second; None where that is not known."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak * 1e12 for part, peak in PEAK_TERAFLOPS if part in name), None)


def peak_memory_mib(device: torch.device) -> float:
    """The most memory that this process has held so far: of the GPU's where there is one, else of the machine's."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)


def memory_of(device: torch.device) -> dict[str, Any]:
    """What this process has held at most, in bytes, and what the device has left; the machine's name for the device."""
    if device.type != "cuda":
        return {"device": device.type, "peak_resident": int(peak_memory_mib(device) * 2**20)}
    return {
        "device": torch.cuda.get_device_name(device),
        "peak_allocated": torch.cuda.max_memory_allocated(device),
        "peak_reserved": torch.cuda.max_memory_reserved(device),
        "reserved": torch.cuda.memory_reserved(device),
        "free": torch.cuda.mem_get_info(device)[0],
    }

"""How much of a trace each of several devices holds. Closed form: what is split is divided, what is gathered added."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from doppel.plan.trace import Storage, Trace

Kind = Literal["single", "ddp", "fsdp", "zero1", "zero2", "zero3"]
GATHERED_BLOCKS = 2  # one is computed with while the next one comes
REDUCED_BLOCKS = 2  # whose gradients FSDP2 has whole: those of a block, and the copy of them that it sends
ZERO_BUCKET = 2 * 2e8  # bytes: Lightning's reduce_bucket_size in 16 bits; with overlap DeepSpeed has two of them
MASTER = 4  # bytes of the fp32 copy that DeepSpeed keeps of each trained weight
RETURNED = 3  # offloaded activations that an operation of the backward has back at a time, at most
LEAST_OFFLOADED = 1024  # bytes, as doppel.training.activations has it
TRACED_STEPS = 2  # optimizer steps in a trace
BLOCK = re.compile(r"^(.*?\.\d+)\.")


@dataclass(frozen=True, slots=True)
class Spread:
    """A run over several devices."""

    kind: Kind
    devices: int
    offloads_weights: bool = False
    offloads_optimizer: bool = False
    offloads_activations: bool = False

    @property
    def is_simulated(self) -> bool:
        """Whether each device does what the trace does, so that nothing is divided."""
        return self.kind in ("single", "ddp")

    def sized(self, storage: Storage) -> int:
        """The bytes of a storage that one device holds."""
        if self.offloads_activations and _is_offloaded(storage):
            return 0
        if self.offloads_weights and self._shares("weights") and storage.category in ("weights", "gradients"):
            return 0
        if (self.offloads_optimizer or self.offloads_weights) and self._is_of_step(storage):
            return 0
        is_shared = self._shares(storage.category) or (self._shares("optimizer") and self._is_of_step(storage))
        return storage.size // self.devices if is_shared else storage.size

    def _is_of_step(self, storage: Storage) -> bool:
        is_temporary = storage.phase == "step" and storage.category == "temporaries"
        return self.kind not in ("single", "ddp") and (storage.category == "optimizer" or is_temporary)

    def _shares(self, category: str) -> bool:
        kinds = {
            "weights": ("fsdp", "zero3"),
            "quantisation state": (),
            "gradients": ("fsdp", "zero2", "zero3"),
            "optimizer": ("fsdp", "zero1", "zero2", "zero3"),
        }
        return self.kind in kinds.get(category, ())

    def brings(self, trace: Trace, trained_bytes: int, trained: int) -> int:
        """Bytes of one device that no trace of a lone device holds."""
        returned = sum(sorted(_offloaded(trace), reverse=True)[:RETURNED]) if self.offloads_activations else 0
        return returned + self._brings_of_kind(trace, trained_bytes, trained)

    def _brings_of_kind(self, trace: Trace, trained_bytes: int, trained: int) -> int:
        if self.kind == "single":
            return 0
        if self.kind == "ddp":
            return trained_bytes  # its buckets are copies of all gradients
        masters = 0 if self.kind == "fsdp" or self.offloads_optimizer else MASTER * trained // self.devices
        buckets = 0 if self.kind == "fsdp" else int(min(ZERO_BUCKET, 2 * trained_bytes))
        whole = _reduced(trace, trained_bytes) if self.kind == "fsdp" else 0
        return masters + buckets + whole + (gathered(trace) if self._shares("weights") else 0)

    def traffic(self, trace: Trace, trained_bytes: int) -> tuple[float, float]:
        """Bytes that a device sends in each micro-batch, and in each step beside."""
        share = (self.devices - 1) / self.devices
        if self.kind == "single":
            return 0.0, 0.0
        if self.kind in ("fsdp", "zero3"):
            return share * (2 * _loaded(trace) + trained_bytes), 0.0
        if self.kind == "zero2":
            return share * trained_bytes, share * trained_bytes
        return 0.0, 2 * share * trained_bytes

    def moved(self, trace: Trace, trained_bytes: int, micro_batches: int) -> tuple[float, float]:
        """Bytes between a device and main memory in each micro-batch, and in each step beside."""
        in_micro = in_step = 0.0
        if self.offloads_activations:
            in_micro += 2 * sum(_offloaded(trace)) / (TRACED_STEPS * micro_batches)
        if self.offloads_weights:  # to the device for the forward and for the backward, and gradients from it
            in_micro += (2 * _loaded(trace) + trained_bytes) / self.devices
        elif self.offloads_optimizer:
            in_step += 2 * trained_bytes / self.devices
        return in_micro, in_step


def _loaded(trace: Trace) -> int:
    """Bytes of the weights."""
    return sum(one.size for one in trace.storages if one.category == "weights" and one.phase == "setup")


def _is_offloaded(storage: Storage) -> bool:
    is_kept = storage.phase == "forward" and storage.category == "activations"
    return is_kept and storage.size >= LEAST_OFFLOADED


def _offloaded(trace: Trace) -> list[int]:
    return [storage.size for storage in trace.storages if _is_offloaded(storage)]


def _reduced(trace: Trace, trained_bytes: int) -> int:
    """Bytes of whole gradients that lie on a device at a time."""
    blocks, _ = _blocks(trace)
    return int(REDUCED_BLOCKS * trained_bytes * max(blocks, default=0) / max(1, _loaded(trace)))


def gathered(trace: Trace) -> int:
    """Bytes of the weights that lie whole on a device at a time: those outside of blocks, and the largest blocks."""
    blocks, outside = _blocks(trace)
    return outside + sum(sorted(blocks, reverse=True)[:GATHERED_BLOCKS])


def _blocks(trace: Trace) -> tuple[list[int], int]:
    """The bytes of each block's weights, and of those outside."""
    blocks: dict[str, int] = defaultdict(int)
    outside = 0
    for storage in trace.storages:
        if storage.category != "weights" or storage.phase != "setup":
            continue
        found = BLOCK.match(storage.module)
        if found is None:
            outside += storage.size
        else:
            blocks[found[1]] += storage.size
    return list(blocks.values()), outside

"""Weights, gradients and optimizer state spread over the processes, block by block (FSDP2: Zhao et al., 2023)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import torch
from pytorch_lightning.strategies import ModelParallelStrategy
from torch import Tensor, nn
from torch.distributed.fsdp import CPUOffloadPolicy, OffloadPolicy, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from doppel.strategy.blocks import blocks_of
from doppel.strategy.portable import NOTHING, Portable
from doppel.strategy.ranks import require_rank
from doppel.types import PositiveInt


def fsdp(*, devices: PositiveInt, offloads_weights: bool, timeout_minutes: PositiveInt) -> FSDP:
    """The strategy for one of `devices` processes that our launcher has started on this machine. Raises: RunError."""
    require_rank(devices, "fsdp")
    return FSDP(offloads_weights=offloads_weights, timeout=timedelta(minutes=timeout_minutes))


class FSDP(Portable, ModelParallelStrategy):
    """Lightning's ModelParallelStrategy without tensor parallelism: all processes share the data."""

    is_sharded = True

    def __init__(self, *, offloads_weights: bool, timeout: timedelta) -> None:
        super().__init__(
            tensor_parallel_size=1,
            save_distributed_checkpoint=False,
            # What lies in main memory is summed over the processes there, for the norm of all gradients.
            process_group_backend="cpu:gloo,cuda:nccl" if offloads_weights else None,
            timeout=timeout,
        )
        self._offloads_weights = offloads_weights

    def setup_environment(self) -> None:
        """Makes the mesh of all processes."""
        self._data_parallel_size = self.num_nodes * self.num_processes
        super().setup_environment()

    def spread(self, model: Any) -> nn.Module:
        """The same model, of which each process keeps a slice of each parameter; blocks are gathered one at a time.

        The root is given back after a forward too: what is found in the module is always the slice that is trained.
        """
        self._move_quantised(model)
        policy = CPUOffloadPolicy() if self._offloads_weights else OffloadPolicy()
        shard = partial(fully_shard, mesh=self.device_mesh["data_parallel"], offload_policy=policy)
        for block in blocks_of(model):
            shard(block, reshard_after_forward=True)
        shard(model, reshard_after_forward=True)
        register_fsdp_forward_method(model, "generate")
        # All generate until the last one is done: a forward without the others would wait for them for ever.
        model.generate = partial(model.generate, synced_gpus=True)
        return model

    def model_to_device(self) -> None:
        """Moves what is not spread; weights that are kept in main memory stay there."""
        if not self._offloads_weights:
            super().model_to_device()
            return
        assert self.model is not None
        self._move_buffers(self.model)

    def whole(self, parameter: Tensor) -> Tensor:
        """All of a parameter, on the CPU of the first process."""
        own: Any = parameter.detach().to(self.root_device)
        gathered = own.full_tensor()
        return gathered.cpu() if self.is_global_zero else NOTHING

    def put(self, parameter: Tensor, value: Tensor) -> None:
        """Gives a parameter this process's slice of a whole value."""
        with torch.no_grad():
            parameter.copy_(self.own_state(parameter, value))

    def whole_state(self, parameter: Tensor, value: Any) -> Any:
        """A value of the optimizer's state: slices become whole, the rest is the same in every process."""
        return self.whole(value) if isinstance(value, DTensor) else super().whole_state(parameter, value)

    def own_state(self, parameter: Tensor, value: Any) -> Any:
        """This process's slice of what has the shape of the parameter; the rest as it is."""
        if not isinstance(value, Tensor) or value.shape != parameter.shape:
            return value
        assert isinstance(parameter, DTensor)
        value = value.to(parameter.to_local().device)
        # Every process has read the file: nothing need be sent.
        return distribute_tensor(value, parameter.device_mesh, parameter.placements, src_data_rank=None)

    def gradient_norm(self, gradients: Iterable[Tensor]) -> float:
        """The norm over all slices."""
        norm = torch.nn.utils.get_total_norm(gradients)
        return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)

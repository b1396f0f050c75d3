"""Optimizer state, then gradients, then weights spread over the processes (ZeRO: Rajbhandari et al., 2020)."""

from __future__ import annotations

import logging
import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import torch
from pytorch_lightning.accelerators import CPUAccelerator
from pytorch_lightning.strategies import DeepSpeedStrategy
from torch import Tensor, nn

from doppel.strategy import zero_state
from doppel.strategy.as_loaded import AsLoaded
from doppel.strategy.portable import NOTHING, Portable
from doppel.strategy.ranks import require_rank
from doppel.types import PositiveInt

Stage = Literal[1, 2, 3]


def zero(
    *,
    devices: PositiveInt,
    stage: Stage,
    offloads_optimizer: bool,
    offloads_weights: bool,
    timeout_minutes: PositiveInt,
) -> Zero:
    """The strategy for one of `devices` processes that our launcher has started on this machine. Raises: RunError."""
    require_rank(devices, f"zero{stage}")
    return Zero(
        stage=stage,
        offloads_optimizer=offloads_optimizer,
        offloads_weights=offloads_weights,
        timeout=timedelta(minutes=timeout_minutes),
    )


class Zero(Portable, DeepSpeedStrategy):
    """Lightning's DeepSpeedStrategy, on a CPU too, for models in whatever dtypes they were loaded in.

    Trained weights have fp32 masters, whatever the dtype of the model: precision=bf16 is DeepSpeed's bf16 training.
    A model is loaded whole in each process and spread afterwards: no `zero.Init` while it is built, under which
    from_pretrained fails, PEFT's fresh matrices are not what they should be, and all weights get one dtype.
    """

    def __init__(self, *, stage: Stage, offloads_optimizer: bool, offloads_weights: bool, timeout: timedelta) -> None:
        if not torch.cuda.is_available():
            os.environ["DS_ACCELERATOR"] = "cpu"  # told so, DeepSpeed does not wonder aloud where the GPU is
        super().__init__(
            stage=stage,
            offload_optimizer=offloads_optimizer,
            offload_parameters=offloads_weights,
            overlap_comm=torch.cuda.is_available(),
            logging_batch_size_per_gpu=1,  # for DeepSpeed's own log alone, which is off
            logging_level=logging.ERROR,
            timeout=timeout,
        )
        assert isinstance(self.config, dict)
        # torch's AdamW on weights in main memory is slower than DeepSpeedCPUAdam (optimizer=cpu_adamw) and as right.
        self.config["zero_force_ds_cpu_optimizer"] = False
        self.is_sharded = stage == 3
        self._trainer_engine: Any = None
        self._evaluation_engine: Any = None

    def setup_environment(self) -> None:
        """Joins the other processes, on a CPU as on a GPU."""
        assert isinstance(self.config, dict)
        is_mixed = self.precision_plugin.precision == "bf16-mixed"
        self.precision_plugin = AsLoaded(torch.bfloat16 if is_mixed else None)
        if is_mixed:
            # An empty list: gradients are summed in the dtype of the weights, as under the other strategies.
            self.config["torch_autocast"] = {"enabled": True, "dtype": "bfloat16", "lower_precision_safe_modules": []}
        if not isinstance(self.accelerator, CPUAccelerator):
            super().setup_environment()
            return
        import deepspeed.ops

        # DeepSpeed would compile a faster way between CPU processes with ninja and g++, which few machines have.
        deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
        assert self.parallel_devices is not None
        self.parallel_devices = [torch.device("cpu", index) for index in range(len(self.parallel_devices))]
        super(DeepSpeedStrategy, self).setup_environment()  # without Lightning's refusal of all but GPUs

    def model_sharded_context(self) -> AbstractContextManager[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Nothing, in which the model is built as anywhere else; `spread` follows."""
        self._init_config_if_needed()
        return nullcontext()

    def spread(self, model: Any) -> nn.Module:
        """The same model; in stage 3 each process keeps a part of each parameter, in the dtype that it has."""
        if not self.is_sharded:
            return model
        import deepspeed

        self._move_quantised(model)
        deepspeed.zero.Init(module=model, config_dict_or_path=self.config, dtype=next(model.parameters()).dtype)
        self._move_buffers(model)
        # All generate until the last one is done: a forward without the others would wait for them for ever.
        model.generate = partial(model.generate, synced_gpus=True)
        return model

    def _initialize_deepspeed_train(self, model: nn.Module) -> None:
        if self._evaluation_engine is not None:
            self._evaluation_engine.destroy()
            self._evaluation_engine = None
        super()._initialize_deepspeed_train(model)
        self._trainer_engine = self.model

    def _setup_model_and_optimizer(self, model: Any, optimizer: Any, lr_scheduler: Any = None) -> Any:
        # Afterwards the optimizer holds DeepSpeed's flat parts instead of parameters.
        self._group_names = zero_state.names_by_group(optimizer, self.trained())
        return super()._setup_model_and_optimizer(model, optimizer, lr_scheduler)

    def _initialize_deepspeed_inference(self, model: Any) -> None:
        """Evaluates with what trains; before training, in stage 3, with an engine that gathers weights.

        Not Lightning's own, which removes the hooks of whoever has put some on the model.
        """
        if self._trainer_engine is not None:
            self.model = self._trainer_engine
        elif self.is_sharded:
            import deepspeed

            assert isinstance(self.config, dict)
            kept = ("train_micro_batch_size_per_gpu", "zero_optimization", "torch_autocast")
            initialize: Any = deepspeed.initialize
            self.model, *_ = initialize(
                args=Namespace(device_rank=self.root_device.index),
                config={key: self.config[key] for key in kept if key in self.config},
                model=model,
                model_parameters=[],
                dist_init_required=False,
            )
            self._evaluation_engine = self.model
        else:
            self.model = model.to(self.root_device)

    def whole(self, parameter: Tensor) -> Tensor:
        """All of a parameter, on the CPU of the first process: its fp32 master where it is trained already."""
        if self._trainer_engine is not None:
            from deepspeed.utils import safe_get_full_fp32_param

            gathered = safe_get_full_fp32_param(parameter)
        elif self.is_sharded:
            import deepspeed

            with deepspeed.zero.GatheredParameters([parameter]):
                gathered = parameter.detach().clone()
        else:
            gathered = parameter.detach()
        assert gathered is not None
        return gathered.cpu() if self.is_global_zero else NOTHING

    def put(self, parameter: Tensor, value: Tensor) -> None:
        """Gives a parameter and its master a whole value."""
        import deepspeed

        gathering = deepspeed.zero.GatheredParameters([parameter], modifier_rank=0, enabled=self.is_sharded)
        with torch.no_grad(), gathering:
            if self.is_global_zero or not self.is_sharded:
                parameter.copy_(value)
        if self._trainer_engine is not None:
            zero_state.put_master(parameter, value)

    def optimizer_state(self, optimizer: Any) -> dict[str, Any]:  # noqa: ARG002 (there is one)
        """The optimizer's state by the names of the parameters, whole and on the CPU."""
        gathered = zero_state.gathered(self._trainer_engine.optimizer, self.trained(), self._group_names)
        return gathered if self.is_global_zero else {}

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Takes the state of a checkpoint, whichever strategy has written it."""
        (saved,) = checkpoint["optimizer_states"]
        zero_state.scatter(self._trainer_engine.optimizer, self.trained(), self._group_names, saved)

    def gradient_norm(self, gradients: Iterable[Tensor]) -> float:  # noqa: ARG002 (they lie in DeepSpeed's own buffers)
        """The norm of the step's gradients before they are clipped; nan where one of them is not finite."""
        return zero_state.gradient_norm(self._trainer_engine.optimizer)

    def teardown(self) -> None:
        """Leaves the model where it is: DeepSpeed's parts of it are views that would be left behind."""
        assert self.cluster_environment is not None
        assert self.accelerator is not None
        self.cluster_environment.teardown()
        self.precision_plugin.teardown()
        self.accelerator.teardown()

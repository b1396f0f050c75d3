"""A training run of two steps on tensors without memory: the real module, adapter, optimizer and trainer."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning.accelerators import Accelerator

from doppel.commands.plan_model import Known, shapes
from doppel.config.build import build
from doppel.plan.batch import Size, made
from doppel.plan.cuda import OPERATIONS, WORKSPACES, as_cuda
from doppel.plan.fitting import Nowhere, Phases, precision_plugin
from doppel.plan.trace import Trace
from doppel.plan.tracker import Tracker
from doppel.plan.values import Shapes, Values
from doppel.strategy.single import Single
from doppel.training import noise

STEPS = 2  # the first one makes the optimizer's state, the second one has it from the start
SHAPES = Shapes()  # of all steps of this process
MICRO_BATCHES = 2  # of a step, at most: from the second on, gradients are there when a backward begins


class OnDevice(Single):
    """strategy=single on any device."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self._root_device = torch.device(device)

    def model_to_device(self) -> None:
        """Nothing: the model is made there."""

    def teardown(self) -> None:
        """Nothing: Lightning's own copies model and optimizer to main memory."""


@dataclass(frozen=True, slots=True)
class Traced:
    """What was seen of two steps."""

    trace: Trace
    weights: int  # of the model and its adapter
    trained: int  # weights that are trained
    trained_bytes: int


def traced(config: dict[str, Any], known: Known, size: Size, layers: int | None = None) -> Traced:
    """The steps of a config as a GPU would take them, on micro-batches of this size. Raises: ModelError."""
    noise.silence()
    gc.freeze()  # what is there stays: to look through all that was imported, for each step, takes half a second
    tracker = Tracker("meta", Values(size.learnt, SHAPES), WORKSPACES, OPERATIONS)
    model, beside = shapes(config, known, layers)
    casts = config["precision"]["trainer"] != "32-true"
    with as_cuda(casts=casts), tracker:
        take_steps(config, model, known.architecture, tracker, size, Nowhere(), beside)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    result = Traced(
        tracker.trace,
        known_weights(model),
        sum(weights.numel() for weights in trained),
        sum(weights.nbytes for weights in trained),
    )
    del model, trained
    gc.collect()
    return result


def known_weights(model: Any) -> int:
    """How many there are, quantised or not."""
    count = 0
    for weights in model.parameters():
        state = getattr(weights, "quant_state", None)
        count += weights.numel() if state is None else int(torch.Size(state.shape).numel())
    return count


def take_steps(
    config: dict[str, Any],
    model: Any,
    architecture: Any,
    tracker: Tracker,
    size: Size,
    accelerator: Accelerator,
    beside: list[Any],
) -> None:
    """Trains the model for two steps under the tracker, as doppel.commands.learn would."""
    device = "meta" if isinstance(accelerator, Nowhere) else "cpu"
    accumulate = min(MICRO_BATCHES, config["trainer"]["accumulate_grad_batches"])
    trainer = build(
        config["trainer"] | _short(accumulate),
        accelerator=accelerator,
        strategy=OnDevice(device),
        callbacks=[Phases(tracker)],
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        plugins=[precision_plugin(config["precision"]["trainer"]), LightningEnvironment()],
    )
    module = build(
        config["training"],
        lambda: model,
        partial(_optimizer, build(config["optimizer"])),
        build(config["schedule"]),
        architecture,
        STEPS,
    )
    tracker.meet(model, beside)
    trainer.fit(module, _Loader(size, architecture, device, STEPS * accumulate))


def _short(accumulate: int) -> dict[str, Any]:
    return {
        "accumulate_grad_batches": accumulate,
        "max_steps": STEPS,
        "max_epochs": -1,
        "devices": 1,
        "num_nodes": 1,
        "limit_val_batches": 0,
        "num_sanity_val_steps": 0,
    }


def _optimizer(make: Any, parameters: Any) -> Any:
    optimizer = make(parameters)
    if getattr(optimizer, "is_paged", False):
        optimizer.is_paged = False  # its state counts as if it lay on the GPU, where it is while there is room
    return optimizer


class _Loader:
    """Micro-batches, made when they are asked for, and let go of."""

    def __init__(self, size: Size, architecture: Any, device: str, number: int) -> None:
        self._size, self._architecture, self._device, self._number = size, architecture, device, number

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _ in range(self._number):
            yield made(self._size, self._architecture, self._device)

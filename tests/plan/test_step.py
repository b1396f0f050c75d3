"""A step on tensors without memory allocates what the same step on a CPU really allocates."""

from typing import Any

import pytest
import torch
from pytorch_lightning.accelerators import CPUAccelerator
from torch.nn.attention import SDPBackend, sdpa_kernel

from doppel.commands.plan_model import known_model, shapes
from doppel.commands.plan_step import take_steps
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.plan.autocast import autocast_on_meta
from doppel.plan.batch import Size
from doppel.plan.fitting import Nowhere
from doppel.plan.trace import CATEGORIES, Storage, Trace
from doppel.plan.tracker import Tracker
from doppel.plan.values import Values

CELLS = [
    (model, adapter, checkpointing)
    for model in ("tiny_causal", "tiny_seq2seq")
    for adapter in ("lora", "full")
    for checkpointing in ("false", "true")
]


def composed(*words: str) -> dict[str, Any]:
    config, faults = compose("train", list(words))
    assert faults == []
    return config


def on_cpu(config: dict[str, Any], size: Size) -> Trace:
    """The step as it is: with weights, values and the CPU's own kernels, but for attention, which is not fused."""
    known = known_model(config)
    loaded = build(config["model"]).load({"dtype": torch.float32}).model
    model = build(config["adapter"]).apply(loaded, known.architecture, ())
    tracker = Tracker("cpu")
    with sdpa_kernel(SDPBackend.MATH), tracker:
        take_steps(config, model, known.architecture, tracker, size, CPUAccelerator(), [])
    return tracker.trace


def on_meta(config: dict[str, Any], size: Size) -> Trace:
    """The same step without memory, and without CUDA's ways."""
    known = known_model(config)
    model, beside = shapes(config, known)
    tracker = Tracker("meta", Values(size.learnt))
    with autocast_on_meta(casts=False), tracker:
        take_steps(config, model, known.architecture, tracker, size, Nowhere(), beside)
    return tracker.trace


@pytest.mark.parametrize(("model", "adapter", "checkpointing"), CELLS)
def test_the_simulated_trace_is_the_real_one(model: str, adapter: str, checkpointing: str) -> None:
    words = [f"model={model}", f"adapter={adapter}", "precision=fp32", "trainer.accumulate_grad_batches=2"]
    config = composed(*words, f"training.gradient_checkpointing={checkpointing}")
    is_causal = model == "tiny_causal"
    size = Size(4, 200, 0 if is_causal else 120, 4 * (199 if is_causal else 200))
    real, simulated = (trace.peak(but_counts) for trace in (on_cpu(config, size), on_meta(config, size)))
    assert simulated.size == pytest.approx(real.size, rel=1e-3)
    for category in CATEGORIES:
        assert simulated.by_category[category] == pytest.approx(real.by_category[category], rel=1e-2, abs=2**14)


def but_counts(storage: Storage) -> int:
    """AdamW's counts of steps, one for each weight, lie in main memory, whatever the device."""
    return 0 if storage.shape == () else storage.size

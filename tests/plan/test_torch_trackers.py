"""The tracker beside those that come with torch."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.distributed._tools.fsdp2_mem_tracker import FSDPMemTracker
from torch.distributed._tools.mem_tracker import MemTracker
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.testing._internal.distributed.fake_pg import FakeStore
from transformers import LlamaConfig, LlamaForCausalLM

from doppel.plan.spread import Spread
from doppel.plan.tracker import Tracker

WIDTH, BLOCKS, ROWS, WORLD = 256, 4, 64, 4


class Stack(nn.Module):
    """Blocks whose weights are most of what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH, bias=False))
            for _ in range(BLOCKS)
        )

    def forward(self, values: Tensor) -> Tensor:
        for layer in self.layers:
            values = values + layer(values)
        return values


def small_llama() -> Any:
    config = LlamaConfig(
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=512,
    )
    return LlamaForCausalLM(config)


def losses(model: Any) -> Iterator[Tensor]:
    """Of two steps."""
    for _ in range(2):
        if isinstance(model, Stack):
            yield model(torch.ones(ROWS, WIDTH)).sum()
        else:
            tokens = torch.ones((4, 96), dtype=torch.int64)
            yield model(input_ids=tokens, labels=tokens, use_cache=False).loss


def of_doppel(model: Any) -> Tracker:
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    tracker = Tracker("cpu")
    tracker.meet(model, [])
    with tracker:
        for loss in losses(model):
            tracker.begin("backward")
            loss.backward()
            del loss
            tracker.begin("step")
            optimizer.step()
            optimizer.zero_grad()
            state = (value for values in optimizer.state.values() for value in values.values())
            tracker.end_step(value for value in state if isinstance(value, Tensor))
            tracker.begin("forward")
    return tracker


def of_torch(tracker: Any, model: Any) -> int:
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    tracker.track_external(model, optimizer)
    with tracker:
        for loss in losses(model):
            loss.backward()
            del loss
            optimizer.step()
            optimizer.zero_grad()
            tracker.reset_mod_stats()
    return next(iter(tracker.get_tracker_snapshot("peak").values()))["Total"]


@pytest.mark.parametrize("make", [Stack, small_llama])
def test_the_peak_is_that_of_torch_s_own_tracker(make: Any) -> None:
    assert of_doppel(make()).trace.peak().size == pytest.approx(of_torch(MemTracker(), make()), rel=2e-3)


def test_what_fsdp_splits_is_what_torch_s_own_tracker_sees() -> None:
    """The closed form of Spread beside FSDP2 itself, as one of four devices that are not there."""
    peak = of_doppel(Stack()).trace
    spread = Spread("fsdp", WORLD)
    weights = 2 * BLOCKS * WIDTH * 4 * WIDTH
    ours = peak.peak(spread.sized).size + spread.brings(peak, 4 * weights, weights)
    dist.init_process_group("fake", rank=0, world_size=WORLD, store=FakeStore())
    try:
        mesh = init_device_mesh("cpu", (WORLD,))
        with FakeTensorMode():
            model = Stack()
            for layer in model.layers:
                fully_shard(layer, mesh=mesh)
            fully_shard(model, mesh=mesh)
            theirs = of_torch(FSDPMemTracker(model), model)
    finally:
        dist.destroy_process_group()
    assert ours == pytest.approx(theirs, rel=0.1)

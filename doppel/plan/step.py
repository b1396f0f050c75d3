"""One optimizer step on one device, in numbers: what it needs at most and what it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from doppel.plan.allocator import replay
from doppel.plan.spread import Spread
from doppel.plan.trace import Category, Peak, Trace, Work

STEADY = 1  # the step of a trace that is like all later ones: the first, 0, makes the optimizer's state


@dataclass(frozen=True, slots=True)
class Step:
    """Bytes and operations."""

    allocated: float  # at the peak, with what the other devices bring
    by_category: Mapping[Category, float]
    beside: float  # of it, what no trace of a lone device holds: buckets, gathered weights, masters
    reserved: float  # what torch's allocator takes for it
    weights: float
    trained: float
    micro: Mapping[Work, float]  # of one micro-batch
    update: Mapping[Work, float]
    sent_per_micro: float  # bytes to other devices
    sent_per_step: float
    moved_per_micro: float  # bytes between a device and main memory
    moved_per_step: float
    can_do_with: Callable[[int], bool] | None  # whether the allocator manages with so many bytes, where it is known
    peak: Peak | None


def step_of(
    trace: Trace, spread: Spread, *, micro_batches: int, weights: int, trained: int, trained_bytes: int
) -> Step:
    """The step of a trace whose steps have so many micro-batches."""
    peak = trace.peak(spread.sized)
    beside = spread.brings(trace, trained_bytes, trained)
    if spread.kind in ("fsdp", "zero3"):
        beside = max(beside, _whole_quantised(trace) - peak.size)
    sent = spread.traffic(trace, trained_bytes)
    moved = spread.moved(trace, trained_bytes, micro_batches)
    return Step(
        allocated=peak.size + beside,
        by_category=peak.by_category,
        beside=beside,
        reserved=replay(trace, None, spread.sized).size + beside,
        weights=weights,
        trained=trained,
        micro={work: number / micro_batches for work, number in trace.work[STEADY, False].items()},
        update=trace.work[STEADY, True],
        sent_per_micro=sent[0],
        sent_per_step=sent[1],
        moved_per_micro=moved[0],
        moved_per_step=moved[1],
        can_do_with=partial(_manages, trace, spread, beside),
        peak=peak,
    )


def _manages(trace: Trace, spread: Spread, beside: int, memory: int) -> bool:
    return replay(trace, memory - beside, spread.sized).is_enough


def _whole_quantised(trace: Trace) -> int:
    """Bytes of a quantised model, which comes to a device whole before it is split; 0 for one that is not."""
    loaded = [one for one in trace.storages if one.operation == "loading"]
    is_quantised = any(one.category == "quantisation state" for one in loaded)
    return sum(one.size for one in loaded) if is_quantised else 0


def deeper(shallow: Step, deep: Step, factor: float) -> Step:
    """The step of a deeper model: each layer adds what the last ones added. `factor`: 0 is the shallow one, 1 the deep.

    Exact where the peak is at the same moment (seen: 0.00 % in memory and operations from 4 and 8 layers to 32).
    """

    def line(left: float, right: float) -> float:
        return left + factor * (right - left)

    def lines(left: Mapping[Work, float], right: Mapping[Work, float]) -> Mapping[Work, float]:
        return {work: line(left.get(work, 0), right.get(work, 0)) for work in Counter({**left, **right})}

    categories: dict[Category, float] = {
        name: line(size, deep.by_category[name]) for name, size in shallow.by_category.items()
    }
    return Step(
        allocated=line(shallow.allocated, deep.allocated),
        by_category=categories,
        beside=line(shallow.beside, deep.beside),
        reserved=line(shallow.reserved, deep.reserved),
        weights=line(shallow.weights, deep.weights),
        trained=line(shallow.trained, deep.trained),
        micro=lines(shallow.micro, deep.micro),
        update=lines(shallow.update, deep.update),
        sent_per_micro=line(shallow.sent_per_micro, deep.sent_per_micro),
        sent_per_step=line(shallow.sent_per_step, deep.sent_per_step),
        moved_per_micro=line(shallow.moved_per_micro, deep.moved_per_micro),
        moved_per_step=line(shallow.moved_per_step, deep.moved_per_step),
        can_do_with=None,
        peak=None,
    )

"""What a plan says of one config: on each GPU whether it fits, how long it takes, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from doppel.commands.plan_data import Epoch, measured_epoch
from doppel.commands.plan_model import Known, known_model
from doppel.commands.plan_search import Steps, longest
from doppel.plan.batch import Size
from doppel.plan.step import Step
from doppel.plan.verdict import Place, Verdict

SHARES = (0.25, 0.5, 1.0)  # of the largest micro-batch's length, at which its time is reckoned
SHORTEST = 8  # tokens
HOUR = 3600
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class OnGpu:
    """The outcome on one kind of GPU."""

    name: str
    title: str
    verdict: Verdict
    room: int  # bytes that tensors may have
    largest_rows: int  # of a micro-batch
    step_seconds: Range  # of the longest step
    run_seconds: Range | None  # None where the data were not looked at
    run_dollars: Range | None
    lacks_bf16: bool
    dollars_an_hour: float  # of all devices


@dataclass(frozen=True, slots=True)
class Planned:
    """A config's step and what it comes to on GPUs."""

    steps: Steps
    step: Step
    size: Size
    epoch: Epoch | None
    outcomes: list[OnGpu]


def planned_run(config: dict[str, Any], places: dict[str, Place]) -> Planned:
    """What a config comes to on each of these GPUs. Raises: DataError, ModelError."""
    known = known_model(config)
    epoch = measured_epoch(config, known) if config["lengths"] == "measured" else None
    return planned_epoch(config, known, places, epoch)


def planned_epoch(config: dict[str, Any], known: Known, places: dict[str, Place], epoch: Epoch | None) -> Planned:
    """The same for an epoch that is known; None: every micro-batch is the longest. Raises: ModelError."""
    size = longest(config, known) if epoch is None else epoch.largest()
    steps = Steps(config, known)
    step = steps.whole(size)
    epochs = 1.0 if epoch is None else epochs_of(config, epoch)
    outcomes = [on_gpu(name, place, steps, step, size, epoch, epochs) for name, place in places.items()]
    return Planned(steps, step, size, epoch, outcomes)


def on_gpu(name: str, place: Place, steps: Steps, step: Step, size: Size, epoch: Epoch | None, epochs: float) -> OnGpu:
    """What a config comes to on a GPU; `epochs` are how many the run has."""
    gpu, machine, devices = place.gpu, place.machine, steps.spread.devices

    def step_seconds(one: Step) -> Range:
        return machine.step_seconds(one, gpu, steps.accumulate, is_bf16=steps.is_bf16)

    run = None
    if epoch is not None:
        run = _run_seconds(steps, size, epoch, step_seconds)
        run = run[0] * epochs, run[1] * epochs
    dollars = None if run is None else tuple(one / HOUR * gpu.price * devices for one in run)
    return OnGpu(
        name=name,
        title=gpu.title,
        verdict=machine.verdict(step, gpu, devices),
        room=machine.room(gpu, devices),
        largest_rows=steps.largest_rows(size, gpu, machine),
        step_seconds=step_seconds(step),
        run_seconds=run,
        run_dollars=dollars,  # pyright: ignore[reportArgumentType]
        lacks_bf16=steps.is_bf16 and not gpu.has_bf16,
        dollars_an_hour=gpu.price * devices,
    )


def _run_seconds(steps: Steps, size: Size, epoch: Epoch, step_seconds: Callable[[Step], Range]) -> Range:
    """Of an epoch: each micro-batch by its own length, on the curve through three lengths."""
    points = [(one.positions / one.rows, step_seconds(steps.quick(one))) for one in shorter(size)]
    totals = [0.0, 0.0]
    for one, number in epoch.sizes.items():
        for side in (0, 1):
            at_length = _curve([(length, pair[side]) for length, pair in points], one.positions / one.rows)
            totals[side] += number / steps.accumulate * at_length * one.rows / size.rows
    return totals[0], totals[1]


def shorter(size: Size) -> list[Size]:
    """Micro-batches of this many rows and of lengths up to this one."""
    sizes = [
        replace(
            size,
            tokens=max(SHORTEST, round(size.tokens * share)),
            source_tokens=max(SHORTEST, round(size.source_tokens * share)) if size.source_tokens else 0,
            learnt=max(1, round(size.learnt * share)),
        )
        for share in SHARES
    ]
    return list(dict.fromkeys(sizes))


def _curve(points: list[tuple[float, float]], at: float) -> float:
    """Between two points the straight line; outside the one through the nearest two, but never below 0."""
    ordered = sorted(points)
    if len(ordered) == 1:
        return ordered[0][1]
    pairs = list(pairwise(ordered))
    (left, low), (right, high) = next((pair for pair in pairs if at <= pair[1][0]), pairs[-1])
    return max(0.0, low + (at - left) / (right - left) * (high - low))


def epochs_of(config: dict[str, Any], epoch: Epoch) -> float:
    """How many epochs the run has, which steps may end before."""
    most = (config["trainer"]["max_epochs"] or -1) * epoch.steps
    limits = [limit for limit in (config["trainer"]["max_steps"], most) if limit > 0]
    return min(limits) / epoch.steps if limits else 1.0

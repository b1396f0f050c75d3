"""A plan as tables for a person, or as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from doppel.commands.plan_changes import Tried
from doppel.commands.plan_data import Epoch
from doppel.commands.plan_report import HOUR, OnGpu, Planned, Range
from doppel.commands.plan_search import LARGEST_ROWS, Steps
from doppel.plan.batch import Size
from doppel.plan.step import Step
from doppel.report.counted import counted

GIB = 2**30
LEAST_SHOWN = 2**20  # bytes
SHOWN_CHANGES = 12


def tell_step(screen: Console, steps: Steps, step: Step, size: Size, number: int) -> None:
    """Prints what a micro-batch needs, by what it is for and by what is largest."""
    precision = steps.config["precision"]
    stored = precision["quantization"] or precision["weights"]
    lines = [
        f"{steps.known.name} ({steps.known.source}): {step.weights / 1e9:.3f} B weights in {stored}, "
        f"{step.trained / 1e6:,.1f} M of them trained; {steps.spread.kind}, {counted(steps.spread.devices, 'device')}",
        f"the largest micro-batch: {_of_size(size)}",
        f"at the peak {_gib(step.allocated)} GiB allocated, {_gib(step.reserved)} reserved by torch: "
        + ", ".join(
            f"{name} {_gib(held)}"
            for name, held in [*step.by_category.items(), ("beside", step.beside)]
            if held >= LEAST_SHOWN
        ),
    ]
    for line in lines:
        screen.print(line, markup=False, soft_wrap=True)
    if step.peak is None or not number:
        return
    table = Table("GiB", "of them", "what", "shape", "made by", title="the largest at the peak", title_justify="left")
    for held, many, one in step.peak.largest(number):
        place = ".".join("*" if part.isdecimal() else part for part in one.module.split("."))
        table.add_row(_gib(held), str(many), one.category, f"{one.shape} {one.dtype}", f"{one.operation} in {place}")
    screen.print(table)


def tell_gpus(screen: Console, outcomes: Sequence[OnGpu], devices: int, epoch: Epoch | None) -> None:
    """Prints a line for each GPU."""
    columns = (
        "GPU",
        "GiB for tensors",
        "verdict",
        "largest batch_size",
        "seconds a step",
        "hours a run",
        "dollars a run",
    )
    title = f"on {devices} of" if devices > 1 else "on one of"
    table = Table(*columns, title=title, title_justify="left")
    for one in outcomes:
        name = f"{one.name} (no bf16)" if one.lacks_bf16 else one.name
        hours = None if one.run_seconds is None else (one.run_seconds[0] / HOUR, one.run_seconds[1] / HOUR)
        cells = [_range(one.step_seconds), _range(hours), _range(one.run_dollars)]
        table.add_row(name, _gib(one.room), one.verdict, _rows(one.largest_rows), *cells)
    screen.print(table)
    if epoch is not None:
        told = f"an epoch: {counted(epoch.steps, 'step')}, {epoch.tokens:,} positions a device; {epoch.how}"
        screen.print(told, markup=False, soft_wrap=True)
    if any(one.lacks_bf16 for one in outcomes):
        screen.print("without bf16 in hardware its products are as slow as those of fp32: type precision=fp16_mixed")


def tell_changes(screen: Console, tried: Sequence[Tried], names: Sequence[str]) -> None:
    """Prints what would make it fit, the cheapest first."""
    if not tried:
        return
    table = Table(
        "type", "GiB", *names, title="what would make it fit (device time, times as now)", title_justify="left"
    )
    for one in tried[:SHOWN_CHANGES]:
        cells = [f"{one.verdicts[name]} ({one.slower[name]:.1f} x)" for name in names]
        table.add_row(" ".join(one.words), _gib(one.allocated), *cells)
    screen.print(table)
    if any(word.startswith("trainer.devices=") for one in tried[:SHOWN_CHANGES] for word in one.words):
        screen.print(
            "over n devices a step learns from n times the rows: divide trainer.accumulate_grad_batches by n, or "
            "batches.batch_size, for the same steps",
            soft_wrap=True,
        )


def as_json(planned: Planned, tried: Sequence[Tried], missing: Sequence[str], number: int) -> dict[str, Any]:
    """Everything, bytes and seconds."""
    steps, step, size, epoch = planned.steps, planned.step, planned.size, planned.epoch
    largest = [] if step.peak is None else step.peak.largest(number)
    return {
        "model": {
            "name": steps.known.name,
            "source": steps.known.source,
            "weights": step.weights,
            "trained": step.trained,
        },
        "strategy": {
            "kind": steps.spread.kind,
            "devices": steps.spread.devices,
            "simulated": steps.spread.is_simulated,
        },
        "micro_batch": {"rows": size.rows, "tokens": size.tokens, "source_tokens": size.source_tokens},
        "peak": {
            "allocated": step.allocated,
            "reserved": step.reserved,
            "by_category": dict(step.by_category) | {"beside": step.beside},
            "largest": [
                {
                    "bytes": held,
                    "number": many,
                    "category": one.category,
                    "module": one.module,
                    "operation": one.operation,
                    "shape": list(one.shape),
                    "dtype": one.dtype,
                }
                for held, many, one in largest
            ],
        },
        "epoch": None if epoch is None else {"steps": epoch.steps, "positions": epoch.tokens, "how": epoch.how},
        "gpus": [
            {
                "name": one.name,
                "verdict": one.verdict,
                "room": one.room,
                "largest_batch_size": one.largest_rows,
                "step_seconds": one.step_seconds,
                "run_seconds": one.run_seconds,
                "run_dollars": one.run_dollars,
                "lacks_bf16": one.lacks_bf16,
            }
            for one in planned.outcomes
        ],
        "changes": [
            {"overrides": list(one.words), "allocated": one.allocated, "verdicts": one.verdicts, "slower": one.slower}
            for one in tried
        ],
        "not_modelled": list(missing),
    }


def _of_size(size: Size) -> str:
    rows = counted(size.rows, "packed row" if size.is_packed else "row")
    source = f"{size.source_tokens:,} tokens of source and " if size.source_tokens else ""
    return f"{rows} of {source}{size.tokens:,} tokens"


def _gib(held: float) -> str:
    return f"{held / GIB:.2f}"


def _range(pair: Range | None) -> str:
    return "?" if pair is None else f"{pair[0]:.2g} - {pair[1]:.2g}"


def _rows(number: int) -> str:
    return f"{number} or more" if number >= LARGEST_ROWS else str(number)

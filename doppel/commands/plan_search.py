"""Steps of a config at other sizes, each simulated once; shallow models stand for deep ones where many are needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doppel.commands.plan_model import Known
from doppel.config.rule import option_of
from doppel.plan.batch import Size
from doppel.plan.gpu import Gpu
from doppel.plan.spread import Kind, Spread
from doppel.plan.step import Step, deeper, step_of
from doppel.plan.verdict import Machine

SHALLOW, DEEP = 4, 8  # layers of the models that stand for deeper ones
LARGEST_ROWS, GROWTH = 256, 4  # nobody needs more, and a loss that comes in chunks takes long to simulate for more


def spread_of(config: dict[str, Any]) -> Spread:
    """How the config spreads a run over devices."""
    strategy, name = config["strategy"], option_of(config, "strategy")
    kind: Kind = f"zero{strategy['stage']}" if name == "zero" else name  # pyright: ignore[reportAssignmentType]
    devices = config["trainer"]["devices"] * config["trainer"]["num_nodes"]
    return Spread(
        kind,
        devices,
        offloads_weights=bool(strategy.get("offloads_weights")),
        offloads_optimizer=bool(strategy.get("offloads_optimizer")),
        offloads_activations=config["training"]["offloads_activations"],
    )


class Steps:
    """The steps of one config by the size of their micro-batches."""

    def __init__(self, config: dict[str, Any], known: Known, traces: dict[str, Any] | None = None) -> None:
        self.config, self.known = simulated(config), known
        self._traces = {} if traces is None else traces  # of steps of any config, by all that they follow from
        self.spread = spread_of(config)
        self.accumulate: int = config["trainer"]["accumulate_grad_batches"]
        self._found: dict[tuple[Size, bool], Step] = {}

    @property
    def is_bf16(self) -> bool:
        """Whether products are of bf16."""
        precision = self.config["precision"]
        return precision["trainer"] == "bf16-mixed" or precision["weights"] == "bfloat16"

    def whole(self, size: Size) -> Step:
        """The step of the whole model. Raises: ModelError."""
        if (size, True) not in self._found:
            self._found[size, True] = self._step(size, None)
        return self._found[size, True]

    def quick(self, size: Size) -> Step:
        """The same from two shallow models, where that is quicker."""
        if self.known.layers <= SHALLOW + DEEP or (size, True) in self._found:
            return self.whole(size)
        if (size, False) not in self._found:
            shallow, deep = self._step(size, SHALLOW), self._step(size, DEEP)
            self._found[size, False] = deeper(shallow, deep, (self.known.layers - SHALLOW) / (DEEP - SHALLOW))
        return self._found[size, False]

    def _step(self, size: Size, layers: int | None) -> Step:
        from doppel.commands.plan_step import MICRO_BATCHES, traced  # and with it all of Lightning

        groups = {name: self.config[name] for name in ("model", "adapter", "precision", "optimizer", "training")}
        key = repr((groups, min(MICRO_BATCHES, self.accumulate), size, layers))
        if key not in self._traces:
            self._traces[key] = traced(self.config, self.known, size, layers)
        seen = self._traces[key]
        return step_of(
            seen.trace,
            self.spread,
            micro_batches=min(MICRO_BATCHES, self.accumulate),
            weights=seen.weights,
            trained=seen.trained,
            trained_bytes=seen.trained_bytes,
        )

    def largest_rows(self, size: Size, gpu: Gpu, machine: Machine) -> int:
        """How many rows of this length a micro-batch may have; 0 where not even one fits.

        Between two sizes that were simulated memory is taken as a straight line. It is never less than the memory,
        which is the largest of several straight lines, one for each moment that may be the peak.
        """

        def need(rows: int) -> float:
            return self.quick(_of_rows(size, rows)).reserved * (1 + machine.margin)

        room = machine.room(gpu, self.spread.devices)
        if need(size.rows) > room:  # that one was simulated anyway
            return 0 if need(1) > room else _between(1, need(1), size.rows, need(size.rows), room)
        rows = size.rows
        while rows < LARGEST_ROWS and need(GROWTH * rows) <= room:
            rows *= GROWTH
        if rows >= LARGEST_ROWS:
            return rows
        return _between(rows, need(rows), GROWTH * rows, need(GROWTH * rows), room)


def _between(few: int, low: float, many: int, high: float, room: float) -> int:
    """The rows whose memory is the room, on the straight line from few, which fit, to many, which do not."""
    return few + int((many - few) * (room - low) / (high - low))


def _of_rows(size: Size, rows: int) -> Size:
    return replace(size, rows=rows, learnt=size.learnt * rows // size.rows)


def longest(config: dict[str, Any], known: Known) -> Size:
    """The largest micro-batch that the config allows, all of it learnt."""
    rows, tokens = config["batches"]["batch_size"], config["batches"]["max_tokens"]
    if known.architecture == "seq2seq":
        return Size(rows, tokens, tokens, rows * tokens)
    return Size(rows, tokens, 0, rows * (tokens - 1), is_packed=option_of(config, "batches") == "packed")


def simulated(config: dict[str, Any]) -> dict[str, Any]:
    """The config without what a simulation cannot follow: `not_modelled` names it."""
    plain = {"attention": "auto", "kernels": "none", "compiles": False, "offloads_activations": False}
    optimizer = config["optimizer"]
    if optimizer["_target_"].startswith("deepspeed."):  # in main memory, where it works on nothing else
        optimizer = {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": optimizer["lr"]}
    return {**config, "training": {**config["training"], **plain}, "optimizer": optimizer}


def overrated(config: dict[str, Any]) -> list[str]:
    """What of this config needs less memory than the plan says, in words."""
    training = config["training"]
    own = {
        "compiled layers need less": training["compiles"],
        "Liger's kernels need less": training["kernels"] != "none",
        "a paged optimizer's state may leave": _is_paged(config["optimizer"]),
    }
    return [text for text, is_there in own.items() if is_there]


def not_modelled(config: dict[str, Any], spread: Spread) -> list[str]:
    """What the plan leaves out, in words; what this config has of it comes first."""
    training, precision = config["training"], config["precision"]
    own = {
        "training.compiles: compiled layers need less memory and time": training["compiles"],
        "training.kernels=liger: its kernels need less memory": training["kernels"] != "none",
        "training.offloads_activations itself: what is kept counts as gone, but for the largest (closed form)": (
            training["offloads_activations"]
        ),
        f"training.attention={training['attention']}: reckoned as torch's own": training["attention"] != "auto",
        "values of the quantisation: bitsandbytes' own layers are simulated, with a state of shapes alone": (
            precision["quantization"] is not None
        ),
        "outliers of int8, which are multiplied in 16 bits beside": precision["quantization"] == "int8",
        "the scale of fp16's loss": precision["trainer"] == "16-mixed",
        "a paged optimizer's pages: its state counts as if it stayed on the GPU": _is_paged(config["optimizer"]),
        "rows of name_tokens": bool(config["name_tokens"]),
        "main memory, and an optimizer's work there": spread.offloads_weights or spread.offloads_optimizer,
        f"{spread.kind} itself: what it splits is divided by {spread.devices}, what it gathers added (closed form)": (
            not spread.is_simulated
        ),
        "ddp itself: each device takes the same step, with buckets as large as the gradients": spread.kind == "ddp",
    }
    always = [
        "workspaces of cuBLAS",
        "validation, checkpoints and generated replies",
        "loading",
        "memory of other programs on the GPU",
    ]
    return [text for text, is_there in own.items() if is_there] + always


def _is_paged(optimizer: dict[str, Any]) -> bool:
    return bool(optimizer.get("is_paged")) or ".Paged" in optimizer["_target_"]

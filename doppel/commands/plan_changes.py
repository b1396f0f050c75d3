"""What would make a run fit: changes of its config, each as the words to type, tried like the config itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from doppel.commands.plan_model import known_model
from doppel.commands.plan_report import Planned
from doppel.commands.plan_search import Steps
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.rule import option_of
from doppel.errors import DoppelError
from doppel.plan.batch import Size
from doppel.plan.verdict import Place, Verdict

ROOT = "doppel.config.roots.Plan"
CHECKPOINTING = "training.gradient_checkpointing=true"
OFFLOADING = "training.offloads_activations=true"
SMALL_CHUNK = 64  # learnt tokens
MANY_DEVICES = (2, 4, 8)
# All that adapter=qlora brings, in words, as an override that is typed already would win.
QLORA = ("adapter=qlora", "precision=nf4_double", "optimizer=paged_adamw_8bit", CHECKPOINTING)
ORDER = {"fits": 0, "tight": 1, "does not": 2}
OVER_DEVICES = (
    ("strategy=fsdp",),
    ("strategy=zero1",),
    ("strategy=zero2",),
    ("strategy=zero3",),
    ("strategy=zero2", "strategy.offloads_optimizer=true"),
    ("strategy=fsdp_offload",),
    ("strategy=zero3_offload",),
)
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A change that was simulated."""

    words: Words
    allocated: float  # bytes
    verdicts: dict[str, Verdict]  # GPU -> whether the run fits then
    slower: dict[str, float]  # GPU -> device time of a sample, times that of the config as it is: so its cost, too

    @property
    def rank(self) -> int:
        """0 where it fits one of the GPUs, 1 where it is tight there, 2 where it does not fit."""
        return min(map(ORDER.__getitem__, self.verdicts.values()))


def changes(
    config: dict[str, Any], overrides: list[str], opted_in: Words, planned: Planned, places: dict[str, Place]
) -> list[Tried]:
    """Every single change, then changes together while one of these GPUs still has none; the cheapest first."""
    trial = _Trial(overrides, opted_in, planned, places)
    best: dict[Words, Tried] = {}  # by all but the number of devices, of which the fewest are taken that will do
    for several in (_single(config), _together(config)):
        for words in several:
            kind = tuple(word for word in words if not word.startswith("trainer.devices="))
            before = best.get(kind)
            found = None if before is not None and before.rank == 0 else trial(words)
            if found is not None and (before is None or found.rank < before.rank):
                best[kind] = found
        if all(any(one.verdicts[name] == "fits" for one in best.values()) for name in places):
            break
    return sorted(best.values(), key=lambda one: (one.rank, min(one.slower.values())))


def _single(config: dict[str, Any]) -> Iterator[Words]:
    training, batches = config["training"], config["batches"]
    if not training["gradient_checkpointing"]:
        yield (CHECKPOINTING,)
    if not training["offloads_activations"]:
        yield (OFFLOADING,)
    if training["loss_chunk_tokens"] > SMALL_CHUNK:
        yield (f"training.loss_chunk_tokens={SMALL_CHUNK}",)
    rows = batches["batch_size"]
    if rows > 1:
        yield _fewer_rows(config, 1)
    if rows > 3:
        yield _fewer_rows(config, rows // 2 if rows % 2 == 0 else 1)
    yield (f"batches.max_tokens={batches['max_tokens'] // 2}",)
    yield from _smaller_weights(config)
    yield from _over_devices(config)


def _smaller_weights(config: dict[str, Any]) -> Iterator[Words]:
    if option_of(config, "optimizer") in ("adamw", ""):
        yield ("optimizer=adamw_8bit",)
        yield ("optimizer=adafactor",)
    if config["precision"]["weights"] == "float32":
        yield ("precision=bf16",)
    if option_of(config, "adapter") in ("full", "freeze"):
        yield ("adapter=lora",)
        yield QLORA
    elif config["precision"]["quantization"] is None:
        yield ("precision=int8",)
        yield ("precision=nf4",)


def _over_devices(config: dict[str, Any], *beside: str) -> Iterator[Words]:
    if config["trainer"]["devices"] * config["trainer"]["num_nodes"] == 1:
        for words in OVER_DEVICES:
            yield from ((*words, f"trainer.devices={many}", *beside) for many in MANY_DEVICES)


def _together(config: dict[str, Any]) -> Iterator[Words]:
    one_row = _fewer_rows(config, 1) if config["batches"]["batch_size"] > 1 else ()
    yield (CHECKPOINTING, *one_row)
    yield (CHECKPOINTING, OFFLOADING, *one_row)
    yield (CHECKPOINTING, "optimizer=adafactor", *one_row)
    yield QLORA
    yield (*QLORA, *one_row)
    yield from _over_devices(config, CHECKPOINTING, *one_row)


def _fewer_rows(config: dict[str, Any], rows: int) -> Words:
    in_a_step = config["batches"]["batch_size"] * config["trainer"]["accumulate_grad_batches"]
    return f"batches.batch_size={rows}", f"trainer.accumulate_grad_batches={in_a_step // rows}"


class _Trial:
    """Tries changes beside the words that were typed."""

    def __init__(self, overrides: list[str], opted_in: Words, planned: Planned, places: dict[str, Place]) -> None:
        self._overrides, self._opted_in, self._places = overrides, opted_in, places
        self._size = planned.size
        self._traces: dict[str, Any] = {}  # a strategy changes nothing of what a lone device would do
        self._base = _cost(planned.steps, planned.size, places)

    def __call__(self, words: Words) -> Tried | None:
        """None where a rule refuses the change beside the rest of the config."""
        typed = {word.partition("=")[0] for word in words}
        kept = [word for word in self._overrides if word.partition("=")[0] not in typed]
        try:
            config, faults = compose("plan", [*kept, *words])
            check(config, ROOT, opted_in=self._opted_in, known_faults=faults, is_learning_here=False)
            known = known_model(config)
        except DoppelError:
            return None
        steps = Steps(config, known, self._traces)
        size = _as_large(self._size, config["batches"])
        step, cost = steps.quick(size), _cost(steps, size, self._places)
        return Tried(
            words,
            step.allocated,
            {
                name: place.machine.verdict(step, place.gpu, steps.spread.devices)
                for name, place in self._places.items()
            },
            {name: cost[name] / self._base[name] for name in self._places},
        )


def _as_large(size: Size, batches: dict[str, Any]) -> Size:
    """The micro-batch as other settings would deal it."""
    rows, tokens = batches["batch_size"], min(size.tokens, batches["max_tokens"])
    share = rows * tokens / (size.rows * size.tokens)
    source = min(size.source_tokens, batches["max_tokens"])
    return replace(size, rows=rows, tokens=tokens, source_tokens=source, learnt=max(1, int(size.learnt * share)))


def _cost(steps: Steps, size: Size, places: dict[str, Place]) -> dict[str, float]:
    """Seconds of a device for a position of a sample, on each GPU."""
    step, costs = steps.quick(size), {}
    for name, place in places.items():
        least, most = place.machine.step_seconds(step, place.gpu, steps.accumulate, is_bf16=steps.is_bf16)
        costs[name] = (least + most) / 2 / (size.positions * steps.accumulate)
    return costs

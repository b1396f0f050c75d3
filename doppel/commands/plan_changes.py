"""What would make a run fit: changes of its config, each as the words to type, tried like the config itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from doppel.commands.plan_model import Known, known_model
from doppel.commands.plan_search import Steps
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.rule import option_of
from doppel.errors import DoppelError
from doppel.plan.batch import Size
from doppel.plan.gpu import Gpu
from doppel.plan.verdict import Machine, Verdict

ROOT = "doppel.config.roots.Plan"
CHECKPOINTING = "training.gradient_checkpointing=true"
SMALL_CHUNK = 64  # learnt tokens
MANY_DEVICES = (2, 4, 8)
# All that adapter=qlora brings, in words, as an override that is typed already would win.
QLORA = ("adapter=qlora", "precision=nf4_double", "optimizer=paged_adamw_8bit", CHECKPOINTING)
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A change that was simulated."""

    words: Words
    allocated: float  # bytes
    verdicts: dict[str, Verdict]  # GPU -> whether the run fits then
    slower: dict[str, float]  # GPU -> device time of a sample, times that of the config as it is


def changes(
    config: dict[str, Any],
    overrides: list[str],
    opted_in: Words,
    known: Known,
    size: Size,
    gpus: dict[str, Gpu],
) -> list[Tried]:
    """Every single change, then changes together while one of these GPUs still has none; the cheapest first."""
    machine: Machine = config["machine"]
    base = _cost(Steps(config, known), size, gpus, machine)
    tried: list[Tried] = []
    for several in (_single(config), _together(config)):
        for words in several:
            found = _tried(overrides, opted_in, words, size, gpus, machine, base)
            if found is not None:
                tried.append(found)
        if all(any(one.verdicts[name] == "fits" for one in tried) for name in gpus):
            break
    order = {"fits": 0, "tight": 1, "does not": 2}
    return sorted(tried, key=lambda one: (min(map(order.__getitem__, one.verdicts.values())), min(one.slower.values())))


def _single(config: dict[str, Any]) -> Iterator[Words]:
    training, batches, trainer = config["training"], config["batches"], config["trainer"]
    if not training["gradient_checkpointing"]:
        yield (CHECKPOINTING,)
    if training["loss_chunk_tokens"] > SMALL_CHUNK:
        yield (f"training.loss_chunk_tokens={SMALL_CHUNK}",)
    rows = batches["batch_size"]
    if rows > 1:
        yield _fewer_rows(config, 1)
    if rows > 3:
        yield _fewer_rows(config, rows // 2 if rows % 2 == 0 else 1)
    yield (f"batches.max_tokens={batches['max_tokens'] // 2}",)
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
    if trainer["devices"] * trainer["num_nodes"] == 1:
        yield from (("strategy=fsdp", f"trainer.devices={devices}") for devices in MANY_DEVICES)


def _together(config: dict[str, Any]) -> Iterator[Words]:
    one_row = _fewer_rows(config, 1) if config["batches"]["batch_size"] > 1 else ()
    yield (CHECKPOINTING, *one_row)
    yield (CHECKPOINTING, "optimizer=adafactor", *one_row)
    yield QLORA
    yield (*QLORA, *one_row)
    if config["trainer"]["devices"] * config["trainer"]["num_nodes"] == 1:
        for devices in MANY_DEVICES:
            yield ("strategy=fsdp", f"trainer.devices={devices}", CHECKPOINTING, *one_row)


def _fewer_rows(config: dict[str, Any], rows: int) -> Words:
    in_a_step = config["batches"]["batch_size"] * config["trainer"]["accumulate_grad_batches"]
    return f"batches.batch_size={rows}", f"trainer.accumulate_grad_batches={in_a_step // rows}"


def _tried(
    overrides: list[str],
    opted_in: Words,
    words: Words,
    size: Size,
    gpus: dict[str, Gpu],
    machine: Machine,
    base: dict[str, float],
) -> Tried | None:
    """None where a rule refuses the change beside the rest of the config."""
    kept = [word for word in overrides if word.partition("=")[0] not in {one.partition("=")[0] for one in words}]
    try:
        config, faults = compose("plan", [*kept, *words])
        check(config, ROOT, opted_in=opted_in, known_faults=faults, is_learning_here=False)
        known = known_model(config)
    except DoppelError:
        return None
    batches = config["batches"]
    rows, tokens = batches["batch_size"], min(size.tokens, batches["max_tokens"])
    shrunk = rows * tokens / (size.rows * size.tokens)
    source = min(size.source_tokens, batches["max_tokens"])
    new = replace(size, rows=rows, tokens=tokens, source_tokens=source, learnt=max(1, int(size.learnt * shrunk)))
    steps = Steps(config, known)
    step = steps.quick(new)
    cost = _cost(steps, new, gpus, machine)
    return Tried(
        words,
        step.allocated,
        {name: machine.verdict(step, gpu, steps.spread.devices) for name, gpu in gpus.items()},
        {name: cost[name] / base[name] for name in gpus},
    )


def _cost(steps: Steps, size: Size, gpus: dict[str, Gpu], machine: Machine) -> dict[str, float]:
    """Seconds of a device for a position of a sample, on each GPU."""
    step, costs = steps.quick(size), {}
    for name, gpu in gpus.items():
        least, most = machine.step_seconds(step, gpu, steps.accumulate, is_bf16=steps.is_bf16)
        costs[name] = (least + most) / 2 / (size.positions * steps.accumulate)
    return costs

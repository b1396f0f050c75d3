"""The keys of the root configs, one dataclass for each file of conf/: their annotations are the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from doppel.types import NonNegativeInt, PositiveInt


@dataclass(frozen=True, slots=True)
class Train:
    """conf/train.yaml."""

    source: Mapping[str, Any]
    filters: Mapping[str, Any]
    privacy: Mapping[str, Any]
    sessions: Mapping[str, Any]
    samples: Mapping[str, Any]
    split: Mapping[str, Any]
    canaries: Mapping[str, Any]
    markup: Mapping[str, Any]
    batches: Mapping[str, Any]
    model: Mapping[str, Any]
    adapter: Mapping[str, Any]
    precision: Mapping[str, Any]
    strategy: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    schedule: Mapping[str, Any]
    trainer: Mapping[str, Any]
    training: Mapping[str, Any]
    checkpoint: Mapping[str, Any]
    callbacks: Mapping[str, Any]
    logger: Mapping[str, Any]
    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    persona: str | int | list[str | int] | dict[str, Any] | None
    name_tokens: NonNegativeInt | list[str]
    continue_from: str | None
    merged_adapters: list[str]
    seed: NonNegativeInt
    outputs: str
    use_cache: bool
    resume: str | None
    restarts: NonNegativeInt
    result: Literal["best", "last"]
    validation_samples: PositiveInt | None
    first_samples: NonNegativeInt
    compared_replies: NonNegativeInt
    objective: str
    objective_direction: Literal["minimize", "maximize"]


@dataclass(frozen=True, slots=True)
class Prepare(Train):
    """conf/prepare.yaml: all of a training, as its first half is what a preparation does."""

    export: Mapping[str, Any]
    measured_samples: NonNegativeInt


@dataclass(frozen=True, slots=True)
class Plan(Train):
    """conf/plan.yaml: all of a training, and on what."""

    gpu: Mapping[str, Any]
    gpus: list[str] | None
    lengths: Literal["measured", "longest"]
    prints: Literal["table", "json"]
    largest_tensors: NonNegativeInt
    changes: Literal["unless_fits", "always", "never"]
    machine: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """conf/talk.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    timing: Mapping[str, Any]
    speaker: str | None
    partner: str | None
    seed: NonNegativeInt | None


@dataclass(frozen=True, slots=True)
class Serve:
    """conf/serve.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    serving: Mapping[str, Any]
    speaker: str | None
    partner: str | None
    seed: NonNegativeInt | None


@dataclass(frozen=True, slots=True)
class Bot:
    """conf/bot.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    timing: Mapping[str, Any]
    bot: Mapping[str, Any]
    speaker: str | None
    seed: NonNegativeInt | None
    memory_file: str
    log_file: str | None
    log_megabytes: PositiveInt
    log_files: NonNegativeInt


@dataclass(frozen=True, slots=True)
class Forget:
    """conf/forget.yaml."""

    contact: str | int
    memory_file: str
    runs: str
    only_shows: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """conf/merge.yaml."""

    out: str | None
    dtype: Literal["float32", "bfloat16", "float16"] | None


@dataclass(frozen=True, slots=True)
class Evaluate:
    """conf/evaluate.yaml."""

    evaluation: Mapping[str, Any]
    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    persona: str | None
    samples_of: str | None
    part: Literal["test", "validation"] | None
    baselines: list[Literal["base", "few_shot"]]
    max_replies: PositiveInt
    generated_replies: PositiveInt
    batch_tokens: PositiveInt
    seed: NonNegativeInt
    shows_others: bool
    few_shot: Mapping[str, PositiveInt]


@dataclass(frozen=True, slots=True)
class Compare:
    """conf/compare.yaml."""

    metric: str
    outputs: str
    seed: NonNegativeInt

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
    memory: Mapping[str, Any]
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
    plan_check: Literal["refuse", "warn", "off"]
    result: Literal["best", "last"]
    validation_samples: PositiveInt | None
    first_samples: NonNegativeInt
    compared_replies: NonNegativeInt
    evaluate: Literal["none", "quick", "full"]
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
    calibrate: str | None
    uses_calibration: bool
    machine: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """conf/talk.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    memory: Mapping[str, Any] | None
    steering: Mapping[str, Any]
    timing: Mapping[str, Any]
    speaker: str | None
    partner: str | None
    seed: NonNegativeInt | None
    memory_file: str


@dataclass(frozen=True, slots=True)
class Serve:
    """conf/serve.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    memory: Mapping[str, Any] | None
    steering: Mapping[str, Any]
    serving: Mapping[str, Any]
    speaker: str | None
    partner: str | None
    seed: NonNegativeInt | None
    log_file: str | None
    log_megabytes: PositiveInt
    log_files: NonNegativeInt


@dataclass(frozen=True, slots=True)
class Bot:
    """conf/bot.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    memory: Mapping[str, Any] | None
    steering: Mapping[str, Any]
    timing: Mapping[str, Any]
    bot: Mapping[str, Any]
    speaker: str | None
    seed: NonNegativeInt | None
    memory_file: str
    log_file: str | None
    log_megabytes: PositiveInt
    log_files: NonNegativeInt


@dataclass(frozen=True, slots=True)
class Web:
    """conf/web.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    memory: Mapping[str, Any] | None
    steering: Mapping[str, Any]
    timing: Mapping[str, Any]
    web: Mapping[str, Any]
    speaker: str | None
    partner: str | None
    seed: NonNegativeInt | None
    memory_file: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """conf/feedback.yaml."""

    memory_file: str
    out: str | None
    only_run: str | None
    only_kind: Literal["reaction", "approval", "refusal", "edit", "thumb"] | None


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
class Gguf:
    """conf/gguf.yaml."""

    generation: Mapping[str, Any]
    quantisation: Literal["f32", "bf16", "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0"]
    converter: str | None
    threads: PositiveInt
    partner: str | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Push:
    """conf/push.yaml."""

    to: str | None
    what: Literal["adapter", "layers", "model", "merged", "gguf"]
    only_shows: bool
    is_private: bool
    ignores_gate: bool


@dataclass(frozen=True, slots=True)
class Evaluate:
    """conf/evaluate.yaml."""

    evaluation: Mapping[str, Any]
    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    memory: Mapping[str, Any] | None
    persona: str | None
    samples_of: str | None
    part: Literal["test", "validation"] | None
    privacy: Mapping[str, Any]
    baselines: list[Literal["base", "few_shot", "retrieval"]]
    retrieval_turns: PositiveInt
    max_replies: PositiveInt
    generated_replies: PositiveInt
    batch_tokens: PositiveInt
    seed: NonNegativeInt
    shows_others: bool
    few_shot: Mapping[str, PositiveInt]


@dataclass(frozen=True, slots=True)
class Arena:
    """conf/arena.yaml."""

    engine: Mapping[str, Any]
    generation: Mapping[str, Any]
    serving: Mapping[str, Any]
    persona: str | None
    part: Literal["test", "validation"] | None
    moments: PositiveInt
    context_turns: PositiveInt
    shows_names: bool
    seed: NonNegativeInt
    arena_file: str | None
    serves: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """conf/compare.yaml."""

    metric: str
    outputs: str
    seed: NonNegativeInt

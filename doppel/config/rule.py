"""One combination that cannot work, and how rules look at a config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One combination that cannot work. Sound single values are presumed: rules run after the signatures."""

    id: str
    is_broken_by: Callable[[Config], bool]
    reason: str
    remedy: str
    is_of_machine: bool = False  # of where the run is to learn: who only talks to what it learnt may be elsewhere


def option_of(config: Config, group: str) -> str:
    """The module of a group's target: doppel.batches.packed.Packed -> packed; "" where there is no such group."""
    target = (config.get(group) or {}).get("_target_", "")
    return target.split(".")[-2] if target.count(".") else ""


def is_seq2seq(config: Config) -> bool:
    """Whether the model is an encoder-decoder."""
    return "seq2seq" in option_of(config, "model")


def trainer_key(config: Config, key: str) -> Any:
    """A setting of the trainer; None where there is none."""
    return (config.get("trainer") or {}).get(key)

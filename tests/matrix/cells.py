"""The cells of the support matrix, and what the rules say of each: it trains here, needs a GPU, or is refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from doppel.commands.train import ROOT
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.machine import gpu_capabilities
from doppel.config.tree import project_path
from doppel.errors import ConfigError

MODELS = {"causal": "tiny_causal", "seq2seq": "tiny_seq2seq"}
GPUS = 8  # of the machine on which a cell that needs a GPU would run
GPU_CAPABILITY = "9.0"
# In the order of the table; whatever conf/ has besides comes after these.
ORDER = {
    "adapter": ("full", "freeze", "lora", "rslora", "dora", "pissa", "ia3", "prompt", "qlora"),
    "precision": ("fp32", "bf16", "bf16_mixed", "fp16_mixed", "int8", "nf4", "nf4_double"),
    "strategy": ("single", "ddp", "fsdp", "fsdp_offload", "zero1", "zero2", "zero3"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination."""

    architecture: str
    adapter: str
    precision: str
    strategy: str

    def names(self) -> tuple[str, str, str, str]:
        """Its options."""
        return self.architecture, self.adapter, self.precision, self.strategy

    def words(self) -> list[str]:
        """What a user would type."""
        return [
            f"model={MODELS[self.architecture]}",
            f"adapter={self.adapter}",
            f"precision={self.precision}",
            f"strategy={self.strategy}",
        ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say."""

    kind: str  # "trains", "needs GPU" or "refused"
    rules: tuple[str, ...] = ()  # the ids of those that are broken


def options(group: str) -> list[str]:
    """The options of a group that can be chosen by their name alone, as the table lists them."""
    files = sorted((project_path("conf") / group).glob("*.yaml"))
    there = [file.stem for file in files if "???" not in file.read_text(encoding="utf-8")]
    known = [name for name in ORDER[group] if name in there]
    return known + [name for name in there if name not in known]


def cells() -> list[Cell]:
    """All of them."""
    return [Cell(*names) for names in product(MODELS, *map(options, ORDER))]


@cache
def _composed(*words: str) -> dict[str, Any]:
    config, faults = compose("train", list(words))
    assert faults == [], faults
    return config


@cache
def _strategy(word: str, gpus: int) -> dict[str, Any]:
    config, faults = compose("train", [word])
    assert faults == [], faults
    return config["strategy"]


def config_of(cell: Cell) -> dict[str, Any]:
    """The composed config of a cell, not to be changed: put together from configs that differ in one group."""
    model, adapter, precision, strategy = cell.words()
    config = {**_composed(model, adapter), "precision": _composed(precision)["precision"]}
    config["strategy"] = _strategy(strategy, len(gpu_capabilities()))
    return config | {"trainer": {**config["trainer"], "devices": config["strategy"]["devices"]}}


def broken_rules(config: dict[str, Any]) -> tuple[str, ...]:
    """The ids of the rules that a config breaks on this machine; other faults by their line."""
    try:
        check(config, ROOT)
    except ConfigError as error:
        return tuple(line.strip().split(":")[0] for line in str(error).splitlines()[1:])
    return ()


def verdicts(folder: Path) -> dict[Cell, Verdict]:
    """What becomes of each cell; `folder` is for a stand-in of the program that lists GPUs."""
    with machine_with_gpus(folder):
        refused = {cell: broken_rules(config_of(cell)) for cell in cells()}
    return {cell: Verdict("refused", there) if there else _verdict_here(cell) for cell, there in refused.items()}


def _verdict_here(cell: Cell) -> Verdict:
    here = broken_rules(config_of(cell))
    return Verdict("needs GPU", here) if here else Verdict("trains")


@contextmanager
def machine_with_gpus(folder: Path) -> Iterator[None]:
    """Inside, this machine seems to have GPUs, to whoever asks without torch."""
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\n" + f"echo {GPU_CAPABILITY}\n" * GPUS, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    gpu_capabilities.cache_clear()
    try:
        yield
    finally:
        os.environ["PATH"] = before
        gpu_capabilities.cache_clear()

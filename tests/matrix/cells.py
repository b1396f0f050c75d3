"""The cells of the support matrix, and what the rules say of each: it trains here, needs a GPU, or is refused."""

from __future__ import annotations

import copy
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
    """The options of a group, as the table lists them."""
    there = sorted(file.stem for file in (project_path("conf") / group).glob("*.yaml"))
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


def config_of(cell: Cell) -> dict[str, Any]:
    """The composed config of a cell, put together from configs that differ in one group: a tenth of the time."""
    model, adapter, precision, strategy = cell.words()
    config = copy.deepcopy(_composed(model, adapter))
    config["precision"] = _composed(precision)["precision"]
    config["strategy"] = _composed(strategy)["strategy"]
    config["trainer"]["devices"] = config["strategy"]["devices"]
    return copy.deepcopy(config)


def broken_rules(config: dict[str, Any]) -> tuple[str, ...]:
    """The ids of the rules that a config breaks on this machine; other faults by their line."""
    try:
        check(config, ROOT)
    except ConfigError as error:
        return tuple(line.strip().split(":")[0] for line in str(error).splitlines()[1:])
    return ()


def verdicts(folder: Path) -> dict[Cell, Verdict]:
    """What becomes of each cell; `folder` is for a stand-in of the program that lists GPUs."""
    here = {cell: broken_rules(config_of(cell)) for cell in cells()}
    with machine_with_gpus(folder):
        there = {cell: broken_rules(config_of(cell)) for cell in cells()}
    return {cell: _verdict(here[cell], there[cell]) for cell in here}


def _verdict(here: tuple[str, ...], there: tuple[str, ...]) -> Verdict:
    if there:
        return Verdict("refused", there)
    return Verdict("needs GPU", here) if here else Verdict("trains")


@contextmanager
def machine_with_gpus(folder: Path) -> Iterator[None]:
    """Inside, this machine seems to have GPUs, to whoever asks without torch."""
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\n" + f"echo {GPU_CAPABILITY}\n" * GPUS, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    _forget()
    try:
        yield
    finally:
        os.environ["PATH"] = before
        _forget()


def _forget() -> None:
    gpu_capabilities.cache_clear()
    _composed.cache_clear()

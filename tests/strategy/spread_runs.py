"""Runs of the tiny model under every strategy, by their command, and what is to be the same of them."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file

from doppel.checkpoint.files import all_in, read
from tests.driving import TINY, done, from_export, logged, only_run

STRATEGIES = ("single", "ddp", "fsdp", "zero1", "zero2", "zero3")
STEPS = 6
ROWS = 4  # of a step, however they are dealt
COMMON = [*TINY, f"trainer.max_steps={STEPS}", "checkpoint.every_n_steps=2", "checkpoint.keep=10", "result=last"]


def spreading(strategy: str, accumulate: int = 1) -> list[str]:
    """What makes a step learn from the same rows under a strategy: two processes, or one."""
    processes = 1 if strategy == "single" else 2
    words = [f"strategy={strategy}", f"trainer.devices={processes}", f"trainer.accumulate_grad_batches={accumulate}"]
    return [*words, f"batches.batch_size={ROWS // processes // accumulate}"]


def learnt_under(strategy: str, export: Path, cwd: Path, *words: str, accumulate: int = 1) -> Path:
    """A finished run."""
    cwd.mkdir(parents=True, exist_ok=True)
    done("train", *COMMON, *spreading(strategy, accumulate), *words, *from_export(export), cwd=cwd)
    return only_run(cwd)


def cut_back(run: Path, folder: Path, step: int) -> Path:
    """A copy of a run as if it had been interrupted after a step."""
    copy = Path(shutil.copytree(run, folder / "outputs" / "train" / "copy"))
    for checkpoint in all_in(copy / "checkpoints"):
        if int(checkpoint.stem.removeprefix("step-")) > step:
            checkpoint.unlink()
    (copy / "status.json").write_text(json.dumps({"state": "interrupted"}))
    return copy


def weights(run: Path) -> dict[str, torch.Tensor]:
    (file,) = [*run.glob("adapter/adapter_model.safetensors"), *run.glob("model/model.safetensors")]
    return load_file(file)


def losses(run: Path, name: str = "train/loss") -> list[float]:
    return [row[name] for row in logged(run) if name in row]


def distance(run: Path, other: Path) -> float:
    """The largest difference between the losses, or the norms of the gradients, of two runs."""
    pairs = [zip(losses(run, name), losses(other, name), strict=True) for name in ("train/loss", "train/grad_norm")]
    return max(abs(one - two) for pair in pairs for one, two in pair)


def weight_distance(run: Path, other: Path) -> float:
    own, others = weights(run), weights(other)
    assert own.keys() == others.keys()
    return max(float((own[name].float() - others[name].float()).abs().max()) for name in own)


def is_same(run: Path, other: Path) -> bool:
    """Whether two runs logged the same and hold the same weights, bit for bit."""
    own, others = weights(run), weights(other)
    return logged(run) == logged(other) and all(torch.equal(own[name], others[name]) for name in own)


def last_checkpoint(run: Path) -> dict:
    return read(all_in(run / "checkpoints")[-1])

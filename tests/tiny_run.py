"""A whole training run of a tiny random model, as commands put it together."""

import os
import random
import signal
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer
from transformers import LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration
from transformers.optimization import get_scheduler

from doppel.batches.padded import Padded
from doppel.checkpoint.files import WholeFiles, latest, path_of
from doppel.checkpoint.interrupt import Interrupt
from doppel.checkpoint.steps import Steps
from doppel.logger.csv import CsvLogger
from doppel.run.metrics import read_metrics
from doppel.strategy.ddp import ddp
from doppel.strategy.ranks import leave_group
from doppel.strategy.single import single
from doppel.training.dpo import Dpo
from doppel.training.kto import Kto
from doppel.training.likelihood import Likelihood
from doppel.training.noise import silence
from doppel.training.throughput import MEASURED
from doppel.types import Architecture, Tokens

VOCABULARY = 64
PAD = 0


def causal_model(dropout: float = 0.0) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        attention_dropout=dropout,
        initializer_range=0.3,  # far from uniform: what a sample sees must change what it says
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config)


def seq2seq_model(dropout: float = 0.0) -> T5ForConditionalGeneration:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=VOCABULARY,
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=2,
        num_heads=2,
        dropout_rate=dropout,
        pad_token_id=PAD,
        decoder_start_token_id=PAD,
    )
    return T5ForConditionalGeneration(config)


def some_tokens(number: int, architecture: Architecture = "causal", seed: int = 0) -> list[Tokens]:
    """Samples of unequal length, of which unequal shares are learnt."""
    draw = random.Random(seed)
    samples = []
    for index in range(number):
        ids = tuple(draw.randrange(3, VOCABULARY) for _ in range(draw.randint(4, 16)))
        if architecture == "causal":
            first = draw.randrange(len(ids))
            is_learnt = tuple(position >= first for position in range(len(ids)))
            samples.append(Tokens(ids, is_learnt, (), f"chat/{index}"))
        else:
            source = tuple(draw.randrange(3, VOCABULARY) for _ in range(draw.randint(3, 20)))
            samples.append(Tokens(ids, (True,) * len(ids), source, f"chat/{index}"))
    return samples


def judged_tokens(number: int, architecture: Architecture, kind: str, seed: int = 0) -> list[Tokens]:
    """Pairs of a better and a worse reply, or replies judged alone with one to something else beside each."""
    samples, others = (some_tokens(number, architecture, seed=one) for one in (seed, seed + 100))
    found = []
    for index, (sample, other) in enumerate(zip(samples, others, strict=True)):
        rating = 0 if kind == "pairs" else -1 if index % 3 == 0 else 1
        prompt = [at for at, is_learnt in enumerate(sample.is_learnt) if not is_learnt]
        own = sample.ids[: len(prompt) or 1]
        ids = (*own, *other.ids) if architecture == "causal" else other.ids
        is_learnt = (False,) * (len(ids) - len(other.ids)) + (True,) * len(other.ids)
        beside = Tokens(ids, is_learnt, sample.source_ids, f"{sample.sample_id} beside")
        found.append(replace(sample, rating=rating, beside=beside))
    return found


def module_kind(kind: str) -> Any:
    """What makes the training module of a kind of learning."""
    if kind == "pairs":
        return partial(Dpo, beta=0.1, label_smoothing=0.0)
    if kind == "alone":
        return partial(Kto, beta=0.1, desirable_weight=1.0, undesirable_weight=1.5)
    return Likelihood


def weighed(tokens: Sequence[Tokens]) -> list[Tokens]:
    """The same samples with weights from 0 to 1.5."""
    return [replace(sample, weight=index % 4 / 2) for index, sample in enumerate(tokens)]


def train(
    folder: Path,
    *,
    batches: Any,
    architecture: Architecture = "causal",
    num_samples: int = 21,
    accumulate: int = 1,
    devices: int = 1,
    rank: int = 0,
    dropout: float = 0.0,
    num_validation: int = 0,
    is_weighed: bool = False,
    kind: str = "likelihood",
    resume: Path | None = None,
    callbacks: Sequence[Any] = (),
    every_n_steps: int | None = 1,
    every_n_minutes: float | None = None,
    keep: int = 1000,
    learning_rate: float = 1e-2,
    schedule: str = "cosine",
    **trainer_options: Any,
) -> tuple[Likelihood, Interrupt, Steps]:
    silence()
    deal = {"architecture": architecture, "pad_id": PAD, "seed": 7, "world_size": devices, "rank": rank}
    judged = None if kind == "likelihood" else kind
    tokens = judged_tokens(num_samples, architecture, judged) if judged else some_tokens(num_samples, architecture)
    tokens = weighed(tokens) if is_weighed else tokens
    train_loader = batches(tokens, accumulate=accumulate, is_training=True, **deal)
    validation_loader = None
    if num_validation:
        validation_tokens = some_tokens(num_validation, architecture, seed=1)
        if judged:
            validation_tokens = judged_tokens(num_validation, architecture, judged, seed=1)
        validation_tokens = weighed(validation_tokens) if is_weighed else validation_tokens
        validation_loader = batches(validation_tokens, accumulate=1, is_training=False, **deal)
    module = module_kind(kind)(
        partial(causal_model if architecture == "causal" else seq2seq_model, dropout),
        partial(torch.optim.AdamW, lr=learning_rate, weight_decay=0.01),
        partial(get_scheduler, name=schedule, num_warmup_steps=2),
        architecture,
        train_loader.num_steps,
        loss_chunk_tokens=16,
        attention="auto",
        kernels="none",
        compiles=False,
        gradient_checkpointing=False,
        offloads_activations=False,
        seed=7,
    )
    interrupt = Interrupt()
    steps = Steps(folder / "checkpoints", every_n_steps=every_n_steps, every_n_minutes=every_n_minutes, keep=keep)
    options = {"max_epochs": 2, "gradient_clip_val": 1.0} | trainer_options
    trainer = Trainer(
        accelerator="cpu",
        devices=devices,
        strategy=_strategy(devices),
        accumulate_grad_batches=accumulate,
        logger=[CsvLogger(folder)],
        callbacks=[interrupt, *callbacks, steps],
        plugins=[WholeFiles()],
        default_root_dir=folder,
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        **options,
    )
    trainer.fit(module, train_loader, validation_loader, ckpt_path=resume, weights_only=True)
    return module, interrupt, steps


def _strategy(devices: int) -> Any:
    two = {"find_unused_parameters": False, "timeout_minutes": 1}
    return single(devices=1) if devices == 1 else ddp(devices=devices, **two)


def is_same(one: Likelihood, other: Likelihood) -> bool:
    """Whether all weights are equal bit for bit."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


def logged(folder: Path) -> list[dict[str, float]]:
    """The rows of metrics.csv without what a clock says."""
    return [
        {name: value for name, value in row.items() if name.removeprefix("train/") not in MEASURED}
        for row in read_metrics(folder / "metrics.csv")
    ]


def losses(folder: Path, name: str = "train/loss") -> list[float]:
    return [row[name] for row in logged(folder) if name in row]


class SignalAfter(Callback):
    """Sends this process a signal when a step has ended."""

    def __init__(self, step: int, number: int) -> None:
        self.step, self.number = step, number

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if trainer.global_step == self.step and (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            os.kill(os.getpid(), self.number)


class WaitAfter(Callback):
    """Says that a step has ended and waits for a line on stdin."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if trainer.global_step == self.step:
            print("waiting", flush=True)
            sys.stdin.readline()


STEP_OF_FOUR = {"learning_rate": 1e-3, "max_epochs": 3}
DROPOUT = {"batches": Padded(batch_size=2, max_tokens=64), "dropout": 0.3, "num_validation": 5}


def main() -> None:
    """One process of a scenario that a test has started."""
    scenario, folder = sys.argv[1], Path(sys.argv[2])
    warnings.simplefilter("error")
    if scenario == "wait":
        _, interrupt, _ = train(folder, **DROPOUT, callbacks=[WaitAfter(3)])
        sys.exit(3 if interrupt.interrupted else 0)
    assert scenario == "two processes"
    two = {"devices": 2, "rank": int(os.environ["RANK"])}
    for architecture in ("causal", "seq2seq"):
        batches = Padded(batch_size=2, max_tokens=64)
        for is_weighed in (False, True):
            name = f"{architecture} weighed" if is_weighed else architecture
            options = {"batches": batches, "architecture": architecture, "is_weighed": is_weighed}
            train(folder / name, **options, **two, **STEP_OF_FOUR)
        for kind in ("pairs", "alone"):
            options = {"batches": batches, "architecture": architecture, "kind": kind, "num_validation": 5}
            train(folder / f"{architecture} {kind}", **options, **two, **STEP_OF_FOUR)
    full, _, _ = train(folder / "full", **DROPOUT, **two)
    for step in (2, 6, 8):
        checkpoint = path_of(folder / "full" / "checkpoints", step)
        resumed, _, _ = train(folder / f"from {step}", **DROPOUT, **two, resume=checkpoint)
        assert is_same(full, resumed)
    # Only the second process is told to stop: both must, after the same step.
    stopper = [SignalAfter(4, signal.SIGTERM)] if two["rank"] == 1 else []
    _, interrupt, _ = train(folder / "interrupted", **DROPOUT, **two, callbacks=stopper)
    assert interrupt.interrupted
    checkpoint = latest(folder / "interrupted" / "checkpoints")
    resumed, _, _ = train(folder / "interrupted", **DROPOUT, **two, resume=checkpoint)
    assert is_same(full, resumed)
    print(checkpoint.name)
    leave_group()


if __name__ == "__main__":
    main()

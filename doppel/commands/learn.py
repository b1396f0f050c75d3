"""The learning half of the line: samples -> tokens -> batches -> model + adapter -> loss -> run directory."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

from lightning_fabric.plugins.environments.lightning import LightningEnvironment

from doppel.batches.loader import Loader
from doppel.checkpoint.files import WholeFiles, latest, read, step_of
from doppel.checkpoint.interrupt import Interrupt
from doppel.checkpoint.steps import MONITOR
from doppel.commands.feed import loaders_of, tokenise
from doppel.commands.learner import Learner
from doppel.commands.name_tokens import with_names
from doppel.commands.reminding import reminding_of
from doppel.commands.replies import Replies
from doppel.commands.results import save_result, tell_losses
from doppel.commands.same import same_model, same_tokens
from doppel.commands.show import console
from doppel.config.build import build, build_all
from doppel.run.directory import RunDirectory
from doppel.run.metrics import read_metrics, values_of
from doppel.run.samples import read_samples
from doppel.strategy.ranks import leave_group
from doppel.training import noise
from doppel.training.progress import ProgressLines
from doppel.training.throughput import memory_of
from doppel.types import REFUSED, Tokens

log = logging.getLogger(__name__)


def learn(run: RunDirectory, config: dict[str, Any]) -> bool:
    """Whether training came to its end; False when a signal stopped it and its checkpoint waits to be resumed.

    Raises: DataError, ModelError, RunError.
    """
    noise.silence()
    learner = Learner(with_names(config, run.data_file("train")))
    samples = {part: read_samples(run.data_file(part)) for part in ("train", "validation")}
    tokens = tokenise(run, config, learner, samples)
    reminding = reminding_of(run, config["memory"], learner.encoder.counter())
    same_tokens(run, learner, tokens)
    parts = make_parts(run, config, learner, tokens)
    shown = [sample for sample in samples["validation"] or samples["train"] if sample.label != REFUSED]
    replies = Replies(run, config, learner, shown, reminding)
    try:
        return _fit(run, config, learner, parts, replies)
    finally:
        leave_group()


@dataclass(frozen=True, slots=True)
class Parts:
    """What learns, made from the config and put together once."""

    trainer: Any
    module: Any
    loaders: dict[str, Loader]
    interrupt: Interrupt
    steps: Any  # the checkpoints


def make_parts(run: RunDirectory, config: dict[str, Any], learner: Learner, tokens: dict[str, list[Tokens]]) -> Parts:
    """Trainer, module and loaders of a run; no weight is loaded yet. Raises: DataError."""
    interrupt = Interrupt()
    steps = build(config["checkpoint"], run.checkpoints)
    callbacks = build_all(config["callbacks"])
    has_bar = "progress" in callbacks and sys.stderr.isatty()
    if "progress" in callbacks and not has_bar:
        callbacks["progress"] = ProgressLines(console().print)
    trainer = build(
        config["trainer"],
        # The processes are counted by trainer.devices; strategy.devices is what it follows unless told otherwise.
        strategy=build({**config["strategy"], "devices": config["trainer"]["devices"]}),
        precision=build(config["precision"]).trainer,
        callbacks=[interrupt, *callbacks.values(), steps],
        enable_progress_bar=has_bar,
        logger=[make(run.path) for make in build_all(config["logger"]).values()],
        # Not what Lightning finds: in a SLURM job it would take places and signals from there.
        plugins=[WholeFiles(), LightningEnvironment()],
        default_root_dir=run.path,
    )
    loaders = loaders_of(config, trainer, learner, tokens)
    module = build(
        config["training"],
        partial(_built, run, learner),
        build(config["optimizer"]),
        build(config["schedule"]),
        learner.architecture,
        loaders["train"].num_steps,
    )
    return Parts(trainer, module, loaders, interrupt, steps)


def _built(run: RunDirectory, learner: Learner) -> Any:
    model = learner.build_model()
    same_model(run, learner)
    return model


def _fit(run: RunDirectory, config: dict[str, Any], learner: Learner, parts: Parts, replies: Replies) -> bool:
    trainer, module, loaders = parts.trainer, parts.module, parts.loaders
    checkpoint = latest(run.checkpoints)
    if checkpoint is None:
        run.metrics_file.unlink(missing_ok=True)  # of a try that ended before its first checkpoint
        _validate(trainer, module, loaders)  # the base model's loss, at step 0
        trainer.callbacks.insert(1, replies)  # asks the untrained model when it is in its place; signals come first
    elif trainer.is_global_zero:
        console().print(f"going on from {checkpoint.name}")
    _tell_what_ends(trainer, loaders["train"].num_steps)
    log.info("training from step %d", 0 if checkpoint is None else step_of(checkpoint))
    trainer.fit(module, loaders["train"], loaders.get("validation"), ckpt_path=checkpoint)
    log.info("training ended at step %d%s", trainer.global_step, ", interrupted" if parts.interrupt.interrupted else "")
    if parts.interrupt.interrupted:
        return False
    if trainer.is_global_zero:
        run.update_manifest(memory=memory_of(trainer.strategy.root_device))
    last_loss = _final_loss(run, trainer, module, loaders)
    kept = trainer.global_step
    if config["result"] == "best" and parts.steps.best is not None and parts.steps.best_loss < last_loss:
        kept = _restore(trainer.strategy, parts.steps.best)
    weights = trainer.strategy.result()
    if trainer.is_global_zero:
        run.update_manifest(model=learner.facts, kept_step=kept)
        save_result(run, config, learner, module.model, weights)
    if trainer.is_global_zero or trainer.strategy.is_sharded:
        replies.after(module)
    if trainer.is_global_zero:
        tell_losses(run, learner, kept_step=kept)
    return True


def _tell_what_ends(trainer: Any, steps_per_epoch: int) -> None:
    epochs, steps = trainer.max_epochs or -1, trainer.max_steps
    if trainer.is_global_zero and 0 < epochs * steps_per_epoch < steps:
        told = f"trainer.max_epochs={epochs} ends the run at step {epochs * steps_per_epoch}, before trainer.max_steps"
        console().print(f"{told}={steps} (trainer.max_epochs=-1 lets the steps decide)", markup=False)


def _validate(trainer: Any, module: Any, loaders: dict[str, Loader]) -> None:
    if "validation" in loaders:
        trainer.validate(module, loaders["validation"], verbose=False)


def _final_loss(run: RunDirectory, trainer: Any, module: Any, loaders: dict[str, Loader]) -> float:
    """The validation loss at the last step, measured now where the last epoch has not ended with it."""
    logged = values_of(read_metrics(run.metrics_file), MONITOR)
    is_measured = trainer.strategy.broadcast(bool(logged) and logged[-1][0] == trainer.global_step)
    if not is_measured:
        _validate(trainer, module, loaders)
        logged = values_of(read_metrics(run.metrics_file), MONITOR)
    return trainer.strategy.broadcast(logged[-1][1] if logged else float("inf"))


def _restore(strategy: Any, checkpoint: Any) -> int:
    """Puts the weights of a checkpoint back, in all processes; the step they were saved at."""
    content = read(checkpoint)
    strategy.load_model_state_dict(content)
    return int(content["global_step"])

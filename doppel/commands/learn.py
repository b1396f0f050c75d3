"""The learning half of the line: samples -> tokens -> batches -> model + adapter -> loss -> run directory."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from doppel.batches.loader import Loader
from doppel.checkpoint.files import WholeFiles, latest, read, step_of
from doppel.checkpoint.interrupt import Interrupt
from doppel.checkpoint.steps import MONITOR
from doppel.commands.first_samples import show_first_samples, tell_fit
from doppel.commands.learner import Learner
from doppel.commands.replies import Replies
from doppel.commands.results import save_result, tell_losses
from doppel.commands.show import console
from doppel.config.build import build, build_all
from doppel.errors import DataError
from doppel.run.directory import RunDirectory
from doppel.run.metrics import read_metrics, values_of
from doppel.run.samples import read_samples
from doppel.strategy.ddp import leave_group
from doppel.training import noise
from doppel.training.progress import ProgressLines
from doppel.types import Funnel, Sample, Tokens

log = logging.getLogger(__name__)


def learn(run: RunDirectory, config: dict[str, Any]) -> bool:
    """Whether training came to its end; False when a signal stopped it and its checkpoint waits to be resumed.

    Raises: DataError, ModelError, RunError.
    """
    noise.silence()
    learner = Learner(config)
    samples = {part: read_samples(run.data_file(part)) for part in ("train", "validation")}
    tokens = {part: _encode(run, learner, part, samples[part]) for part in samples}
    if not tokens["train"]:
        raise DataError(f"no reply fits into batches.max_tokens={learner.encoder.max_tokens}: type a larger one")
    tokens["validation"] = _spread(tokens["validation"], config["validation_samples"])
    if _is_first():
        show_first_samples(run, tokens["train"], learner.tokenizer, number=config["first_samples"])

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
        plugins=[WholeFiles()],
        default_root_dir=run.path,
    )
    loaders = {part: _loader(config, trainer, learner, tokens[part], part) for part in tokens if tokens[part]}
    module = build(
        config["training"],
        learner.build_model,
        build(config["optimizer"]),
        build(config["schedule"]),
        learner.architecture,
        loaders["train"].num_steps,
    )
    try:
        replies = Replies(run, config, learner, samples["validation"] or samples["train"])
        return _fit(run, config, learner, trainer, module, loaders, replies, interrupt, steps)
    finally:
        leave_group()


def _fit(
    run: RunDirectory,
    config: dict[str, Any],
    learner: Learner,
    trainer: Any,
    module: Any,
    loaders: dict[str, Loader],
    replies: Replies,
    interrupt: Interrupt,
    steps: Any,
) -> bool:
    checkpoint = latest(run.checkpoints)
    if checkpoint is None:
        run.metrics_file.unlink(missing_ok=True)  # of a try that ended before its first checkpoint
        _validate(trainer, module, loaders)  # the base model's loss, at step 0
        if trainer.is_global_zero:
            replies.before(module)
    elif trainer.is_global_zero:
        console().print(f"going on from {checkpoint.name}")
    log.info("training from step %d", 0 if checkpoint is None else step_of(checkpoint))
    trainer.fit(module, loaders["train"], loaders.get("validation"), ckpt_path=checkpoint)
    log.info("training ended at step %d%s", trainer.global_step, ", interrupted" if interrupt.interrupted else "")
    if interrupt.interrupted:
        return False
    last_loss = _final_loss(run, trainer, module, loaders)
    kept = trainer.global_step
    if config["result"] == "best" and steps.best is not None and steps.best_loss < last_loss:
        kept = _restore(module, steps.best)
    if trainer.is_global_zero:
        run.update_manifest(model=learner.facts, kept_step=kept)
        save_result(run, config, learner, module.model)
        replies.after(module)
        tell_losses(run, learner, kept_step=kept)
    return True


def _encode(run: RunDirectory, learner: Learner, part: str, samples: list[Sample]) -> list[Tokens]:
    funnel = Funnel()
    tokens = learner.encoder.encode_all(samples, funnel)
    if _is_first() and samples:
        tell_fit(run, part, funnel)
    return tokens


def _spread(tokens: list[Tokens], number: int | None) -> list[Tokens]:
    """At most so many, evenly over the list: what is measured stays all of the held-out time, at a bounded cost."""
    if number is None or len(tokens) <= number:
        return tokens
    if _is_first():
        told = f"validation: the loss is measured on {number} of {len(tokens)} samples, spread evenly over time"
        console().print(f"{told} (validation_samples=null for all)", markup=False)
    return [tokens[index * len(tokens) // number] for index in range(number)]


def _loader(config: dict[str, Any], trainer: Any, learner: Learner, tokens: list[Tokens], part: str) -> Loader:
    is_training = part == "train"
    return build(config["batches"])(
        tokens,
        architecture=learner.architecture,
        pad_id=learner.tokenizer.pad_token_id,
        seed=config["seed"],
        accumulate=trainer.accumulate_grad_batches if is_training else 1,
        world_size=trainer.world_size,
        rank=trainer.global_rank,
        is_training=is_training,
    )


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


def _restore(module: Any, checkpoint: Any) -> int:
    """Puts the weights of a checkpoint back; the step they were saved at."""
    content = read(checkpoint)
    module.load_state_dict(content["state_dict"], strict=False)
    return int(content["global_step"])


def _is_first() -> bool:
    return os.environ.get("RANK", "0") == "0"

"""From the samples of a run to its loaders: tokens, what became of them, and each process's share."""

from __future__ import annotations

import os
from typing import Any

from doppel.batches.loader import Loader
from doppel.commands.first_samples import show_first_samples, tell_fit
from doppel.commands.judged import use_of
from doppel.commands.learner import Learner
from doppel.commands.reminding import Reminding, reminding_of
from doppel.commands.show import console
from doppel.commands.token_cache import tokens_of
from doppel.config.build import build
from doppel.errors import DataError
from doppel.run.directory import RunDirectory
from doppel.run.samples import fingerprint
from doppel.types import Funnel, Sample, Tokens


def tokenise(
    run: RunDirectory, config: dict[str, Any], learner: Learner, samples: dict[str, list[Sample]]
) -> dict[str, list[Tokens]]:
    """The tokens of each part; what does not fit is told, and the first samples are shown, by the first process.

    Raises: DataError where nothing fits.
    """
    reminding = reminding_of(run, config["memory"], learner.encoder.counter())
    if is_first() and len(reminding.facts) < reminding.all_facts:
        told = f"facts: {len(reminding.facts)} of {reminding.all_facts} have room (memory.facts_tokens=... for more)"
        console().print(told, markup=False)
    tokens = {part: _encode(run, config, learner, part, samples[part], reminding) for part in samples}
    if not tokens["train"]:
        few = " and no pair of replies has both its halves in it" if use_of(config) == "pairs" else ""
        raise DataError(f"no reply fits into batches.max_tokens={learner.encoder.max_tokens}{few}: type a larger one")
    tokens["validation"] = _spread(tokens["validation"], config["validation_samples"])
    if is_first():
        show_first_samples(run, tokens["train"], learner.tokenizer, number=config["first_samples"])
    return tokens


def loaders_of(
    config: dict[str, Any], trainer: Any, learner: Learner, tokens: dict[str, list[Tokens]]
) -> dict[str, Loader]:
    """This process's loader of each part that has samples. Raises: DataError."""
    return {part: _loader(config, trainer, learner, tokens[part], part) for part in tokens if tokens[part]}


def is_first() -> bool:
    """Whether this process speaks for all."""
    return os.environ.get("RANK", "0") == "0"


def _encode(
    run: RunDirectory, config: dict[str, Any], learner: Learner, part: str, samples: list[Sample], reminding: Reminding
) -> list[Tokens]:
    funnel = Funnel()
    tokens = tokens_of(learner, config, samples, fingerprint(run.data_file(part)), funnel, reminding)
    if is_first() and samples:
        tell_fit(run, part, funnel)
    return tokens


def _spread(tokens: list[Tokens], number: int | None) -> list[Tokens]:
    """At most so many, evenly over the list: what is measured stays all of the held-out time, at a bounded cost."""
    if number is None or len(tokens) <= number:
        return tokens
    if is_first():
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

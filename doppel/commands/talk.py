"""doppel talk RUN: the terminal, with the model, markup and people of a run."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.speaking import seed_or_drawn, speaking
from doppel.config.build import build
from doppel.errors import ConfigError
from doppel.run.directory import RunDirectory, open_run

ROOT = "doppel.config.roots.Talk"


def run(arguments: list[str]) -> int:
    """0 when the user has left.

    Raises: ConfigError, RunError, ModelError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("talk", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel talk needs a run first: doppel talk outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed("talk", ROOT, arguments[1:], lambda config, _, opted_in: talk(directory, config, opted_in))


def talk(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the user has left."""
    to_talk_to = speaking(run_directory, opted_in)
    to_talk_to.require(config["speaker"])
    logging.getLogger().addHandler(logging.NullHandler())
    engine = to_talk_to.engine(config["engine"])

    from doppel.engine.terminal import Terminal

    stream = partial(engine.stream, sampling=build(config["generation"]))
    seed = seed_or_drawn(config["seed"])
    who = {"speaker": config["speaker"], "me": config["partner"]}
    timing = to_talk_to.timing(config["timing"])
    Terminal(stream, engine.encoder.parse, to_talk_to.people, timing, **who, seed=seed, asides=to_talk_to.asides).talk()
    return 0

"""doppel talk RUN: the terminal, with the model, markup and people of a run."""

from __future__ import annotations

import logging
import random
from collections import Counter
from functools import partial
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.frozen import frozen_config
from doppel.commands.show import console
from doppel.config.build import build
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run
from doppel.run.samples import read_samples

ROOT = "doppel.config.roots.Talk"
SEEDS = 2**31


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
    trained = frozen_config(run_directory, opted_in)
    people = people_of(run_directory)
    state = run_directory.status()["state"]
    logging.getLogger().addHandler(logging.NullHandler())

    from doppel.commands.learner import Learner  # torch comes in here, and not before
    from doppel.engine.terminal import Terminal

    learner = Learner(trained)
    folder = run_directory.path / learner.adapter.folder_name
    if not folder.is_dir():
        raise RunError(
            f"{run_directory.path} has nothing to talk to yet: it is {state}. "
            f"Type doppel train resume={run_directory.path} to let it finish"
        )
    console().print(f"loading {trained['model']['_target_'].rpartition('.')[2]} ...", markup=False)
    model = learner.adapter.load(learner.load().model, folder)
    engine = build(config["engine"], model, learner.tokenizer, learner.encoder)
    stream = partial(engine.stream, sampling=build(config["generation"]))
    seed = random.randrange(SEEDS) if config["seed"] is None else config["seed"]
    Terminal(stream, learner.encoder.parse, people, speaker=config["speaker"], me=config["partner"], seed=seed).talk()
    return 0


def people_of(run_directory: RunDirectory) -> list[tuple[str, str, int]]:
    """(id, name, messages) of everyone whose words the run has read: the persona first, then the most talkative."""
    counts: Counter[tuple[str, str]] = Counter()
    personas = set()
    for sample in read_samples(run_directory.data_file("train")):
        for turn in sample.turns:
            counts[turn.speaker_id, turn.speaker_name] += len(turn.messages)
            if turn.is_persona:
                personas.add(turn.speaker_id)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0] not in personas, -item[1]))
    return [(speaker_id, name, count) for (speaker_id, name), count in ordered]

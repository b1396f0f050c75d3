"""doppel talk RUN: the terminal, with the model, markup and people of a run."""

from __future__ import annotations

import logging
import random
from collections import Counter
from functools import partial
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.frozen import frozen_config
from doppel.commands.live import live_asides
from doppel.commands.show import console
from doppel.config.build import build
from doppel.engine.cast import Known
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run
from doppel.run.samples import each_sample
from doppel.types import Persona, Turn

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
    personas = personas_of(run_directory)
    people = people_of(run_directory, personas)
    asides = live_asides(trained["samples"], personas, people)
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
    tell_if_alike(personas, learner.encoder)
    seed = random.randrange(SEEDS) if config["seed"] is None else config["seed"]
    who = {"speaker": config["speaker"], "me": config["partner"]}
    Terminal(stream, learner.encoder.parse, people, **who, seed=seed, asides=asides).talk()
    return 0


def personas_of(run_directory: RunDirectory) -> tuple[Persona, ...]:
    """Whom the run has learnt. Raises: RunError where the manifest does not tell."""
    try:
        personas = [Persona(frozenset(one["ids"]), one["name"]) for one in run_directory.manifest()["personas"]]
    except (KeyError, TypeError):
        personas = []
    if not personas or not all(persona.ids for persona in personas):
        raise RunError(f"{run_directory.manifest_file} is damaged: it does not tell the personas")
    return tuple(personas)


def people_of(run_directory: RunDirectory, personas: tuple[Persona, ...]) -> list[Known]:
    """Everyone whose words the run has read: the personas first, as the run lists them, then the most talkative."""
    counts: Counter[tuple[str, str]] = Counter()
    for sample in each_sample(run_directory.data_file("train")):
        for turn in sample.turns:
            counts[turn.speaker_id, turn.speaker_name] += len(turn.messages)
    learnt = [(min(persona.ids), persona.name) for persona in personas]
    others = [(who, count) for who, count in counts.most_common() if who not in learnt]
    return [Known(*who, counts[who], is_persona=True) for who in learnt] + [Known(*who, n) for who, n in others]


def tell_if_alike(personas: tuple[Persona, ...], encoder: Any) -> None:
    """Says so where the markup gives personas one and the same role."""
    turns = [Turn(min(one.ids), one.name, ("...",), is_persona=True, is_learnt=False) for one in personas]
    if len({encoder.prompt(turns, turn) for turn in turns}) < len(turns):
        names = " and ".join(one.name for one in personas)
        told = f"note: the markup of this run gives {names} one role, so the model cannot be told which of them to be"
        console().print(told, markup=False, soft_wrap=True)

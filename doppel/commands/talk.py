"""doppel talk RUN: the terminal, with the model, markup and people of a run."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.notebook import Notebook
from doppel.commands.speaking import seed_or_drawn, speaking
from doppel.config.build import build
from doppel.errors import ConfigError
from doppel.run.directory import RunDirectory, open_run
from doppel.types import Turn

ROOT = "doppel.config.roots.Talk"
MEMORY_HELP = "/memory    what the latest answer was told; /memory off, /memory on"
NOTE_HELP = "/note TEXT notes something about you; /note lists the notes, /note -1 removes the first"
UNTOLD = " (memory=none tells nobody of notes: memory=facts does)"


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

    from doppel.engine.more import More
    from doppel.engine.terminal import Terminal

    notebook = Notebook(Path(config["memory_file"]).expanduser())
    briefer = to_talk_to.briefer(config, engine.encoder, notebook.told)
    sampling = build(config["generation"])

    def stream(turns: tuple[Turn, ...], speaker: Turn, *, seed: int) -> Generator[str, None, None]:
        told, drawn = briefer(turns, speaker, sampling)
        yield from engine.stream(turns, told, drawn, seed=seed)

    more = {
        "memory": More(MEMORY_HELP, lambda rest, _: briefer.obey(rest)),
        "note": More(NOTE_HELP, lambda rest, who: notebook.obey(rest, who) + (UNTOLD if briefer.is_mute else "")),
    }
    seed = seed_or_drawn(config["seed"])
    who = {"speaker": config["speaker"], "me": config["partner"]}
    timing = to_talk_to.timing(config["timing"])
    how = {"seed": seed, "asides": to_talk_to.asides, "more": more}
    Terminal(stream, engine.encoder.parse, to_talk_to.people, timing, **who, **how).talk()
    notebook.close()
    return 0

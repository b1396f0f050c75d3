"""doppel serve RUN [RUN ...]: an OpenAI-compatible API over what runs learnt."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import socket
import sys
from collections.abc import Sequence
from typing import Any

from doppel.commands.answering import Answering
from doppel.commands.application import paths_and_words, run_composed
from doppel.commands.bases import Bases
from doppel.commands.several import Several
from doppel.commands.show import console
from doppel.commands.speaking import Speaking, speaking
from doppel.config.build import build
from doppel.errors import ConfigError
from doppel.run.directory import RunDirectory, open_run
from doppel.run.own_log import own_file
from doppel.serving.address import bound, url
from doppel.serving.openai import OpenAI

ROOT = "doppel.config.roots.Serve"
LIBRARIES = ("fastapi", "uvicorn")
LINES = "%(asctime)s %(levelname)s %(message)s"


def run(arguments: list[str]) -> int:
    """0 when the server has been stopped.

    Raises: ConfigError, DataError, RunError, ModelError.
    """
    runs, words = runs_and_words(arguments)
    if not runs:
        if words:
            return run_composed("serve", ROOT, words, lambda *_: 0)
        raise ConfigError("doppel serve needs a run first: doppel serve outputs/train/NAME")
    return run_composed("serve", ROOT, words, lambda config, _, opted_in: serve(runs, config, opted_in))


def runs_and_words(arguments: list[str]) -> tuple[list[RunDirectory], list[str]]:
    """The runs that stand first, and the words after them. Raises: RunError, ConfigError where two have one name."""
    paths, words = paths_and_words(arguments)
    runs = [open_run(path) for path in dict.fromkeys(paths)]
    if len({one.path.name for one in runs}) < len(runs):
        raise ConfigError("two of these runs have one name, by which they are told apart")
    return runs, words


def serve(runs: Sequence[RunDirectory], config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the server has been stopped."""
    settings: OpenAI = build(config["serving"])
    if not isinstance(settings, OpenAI):
        raise ConfigError("doppel serve speaks OpenAI's API: leave serving= out, or type serving=openai")
    if missing := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        raise ConfigError(f'doppel serve needs {" and ".join(missing)}: type pip install "doppel[serve]"')
    to_talk_to = [speaking(run, opted_in) for run in runs]
    for one in to_talk_to:
        one.require(config["speaker"], config["partner"])
    with bound(settings.host, settings.port, "serving") as listener:
        log_to_console("doppel.serving")
        if file := own_file(config["log_file"], megabytes=config["log_megabytes"], kept=config["log_files"]):
            logging.getLogger("doppel.serving").addHandler(file)
        with contextlib.ExitStack() as stack:
            bases = Bases() if len(runs) > 1 else None
            answering = [_answering(one, bases, settings, config, stack) for one in to_talk_to]
            _serve(settings, listener, answering[0] if len(answering) == 1 else Several(answering))
    return 0


def _answering(
    to_talk_to: Speaking, bases: Bases | None, settings: OpenAI, config: dict[str, Any], stack: contextlib.ExitStack
) -> Answering:
    """A run with its model, which works until the stack is closed."""
    from doppel.engine.desk import Desk

    engine = to_talk_to.engine(config["engine"], bases)
    desk = Desk(engine, max_waiting=settings.max_waiting)
    stack.callback(desk.close)
    return Answering(
        desk,
        to_talk_to.people,
        to_talk_to.asides,
        build(config["generation"]),
        run_name=to_talk_to.run_directory.path.name,
        speaker=config["speaker"],
        partner=config["partner"],
        seed=config["seed"],
        max_new_tokens=settings.max_new_tokens,
        brief=to_talk_to.briefer(config, engine.encoder),
    )


def _serve(settings: OpenAI, listener: socket.socket, answering: Answering | Several) -> None:
    from doppel.serving.api import make_app
    from doppel.serving.server import serve as serve_forever

    def ready() -> None:
        place = url(settings.host, listener.getsockname()[1])
        lines = [f"ready at {place}/v1, models: {', '.join(answering.models())}", "Ctrl-C ends it"]
        console().print("\n".join(lines), markup=False, soft_wrap=True)
        sys.stdout.flush()  # for whoever waits for it at the other end of a pipe

    serve_forever(make_app(answering, settings), settings, listener, ready)


def log_to_console(*names: str) -> None:
    """One line a request on standard error; what libraries log stays unsaid, as it may quote what was said."""
    logging.getLogger().addHandler(logging.NullHandler())
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(LINES))
    for name in names:
        own = logging.getLogger(name)
        own.setLevel(logging.INFO)
        own.handlers = [handler]
        own.propagate = False

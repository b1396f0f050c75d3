"""doppel serve RUN: an OpenAI-compatible API over what a run learnt."""

from __future__ import annotations

import importlib.util
import logging
import socket
import sys
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.show import console
from doppel.commands.speaking import speaking
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
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("serve", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel serve needs a run first: doppel serve outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed("serve", ROOT, arguments[1:], lambda config, _, opted_in: serve(directory, config, opted_in))


def serve(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the server has been stopped."""
    settings: OpenAI = build(config["serving"])
    if not isinstance(settings, OpenAI):
        raise ConfigError("doppel serve speaks OpenAI's API: leave serving= out, or type serving=openai")
    if missing := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        raise ConfigError(f'doppel serve needs {" and ".join(missing)}: type pip install "doppel[serve]"')
    to_talk_to = speaking(run_directory, opted_in)
    to_talk_to.require(config["speaker"], config["partner"])
    with bound(settings.host, settings.port, "serving") as listener:
        log_to_console("doppel.serving")
        if file := own_file(config["log_file"], megabytes=config["log_megabytes"], kept=config["log_files"]):
            logging.getLogger("doppel.serving").addHandler(file)
        engine = to_talk_to.engine(config["engine"])
        _serve(settings, listener, engine, to_talk_to, config)
    return 0


def _serve(settings: OpenAI, listener: socket.socket, engine: Any, to_talk_to: Any, config: dict[str, Any]) -> None:
    from doppel.commands.answering import Answering
    from doppel.engine.desk import Desk
    from doppel.serving.api import make_app
    from doppel.serving.server import serve as serve_forever

    desk = Desk(engine, max_waiting=settings.max_waiting)
    answering = Answering(
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

    def ready() -> None:
        place = url(settings.host, listener.getsockname()[1])
        lines = [f"ready at {place}/v1, models: {', '.join(answering.models())}", "Ctrl-C ends it"]
        console().print("\n".join(lines), markup=False, soft_wrap=True)
        sys.stdout.flush()  # for whoever waits for it at the other end of a pipe

    try:
        serve_forever(make_app(answering, settings), settings, listener, ready)
    finally:
        desk.close()


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

"""doppel web RUN: a page in the browser, to talk with what runs learnt and to judge it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.bases import Bases
from doppel.commands.bot_voice import notes_of
from doppel.commands.serve import log_to_console, runs_and_words
from doppel.commands.show import console
from doppel.commands.speaking import Speaking, speaking
from doppel.commands.web_voice import WebVoice
from doppel.config.build import build
from doppel.errors import ConfigError
from doppel.memory.memory import Memory
from doppel.run.directory import RunDirectory
from doppel.serving.address import bound, url
from doppel.serving.key import key_for
from doppel.serving.limits import Limits
from doppel.serving.rate import Rate
from doppel.web.gradio import Gradio

ROOT = "doppel.config.roots.Web"
LIBRARIES = ("gradio",)
USAGE = "doppel web needs a run first: doppel web outputs/train/NAME"


def run(arguments: list[str]) -> int:
    """0 when the page has been stopped.

    Raises: ConfigError, DataError, RunError, ModelError.
    """
    runs, words = runs_and_words(arguments)
    if not runs:
        if words:
            return run_composed("web", ROOT, words, lambda *_: 0)
        raise ConfigError(USAGE)
    return run_composed("web", ROOT, words, lambda config, _, opted_in: web(runs, config, opted_in))


def web(runs: Sequence[RunDirectory], config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the page has been stopped."""
    settings: Gradio = build(config["web"])
    if missing := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        raise ConfigError(f'doppel web needs {" and ".join(missing)}: type pip install "doppel[web]"')
    limits = limits_of(settings)
    with contextlib.ExitStack() as stack:
        to_talk_to = [speaking(one, opted_in) for one in runs]
        memory = Memory(Path(config["memory_file"]).expanduser())
        stack.callback(memory.close)
        voices = [voice_of(one, config, memory) for one in to_talk_to]
        listener = stack.enter_context(bound(settings.host, settings.port, "web"))
        log_to_console("doppel.serving", "doppel.web")
        bases = Bases() if len(runs) > 1 else None
        for voice, one in zip(voices, to_talk_to, strict=True):
            engine = one.engine(config["engine"], bases)
            brief = one.briefer(config, engine.encoder, notes_of(memory))
            voice.open(engine, brief, max_waiting=settings.max_waiting)
            stack.callback(voice.close)
        asyncio.run(_serve(settings, limits, listener, voices))
    return 0


def limits_of(settings: Gradio) -> Limits:
    """What a request must keep to. Raises: ConfigError."""
    key = key_for(settings.host, settings.key_file, settings.key_variable, os.environ, "web")
    return Limits(
        settings.host, key, settings.requests_per_minute, settings.max_body_kilobytes, settings.max_body_seconds
    )


def voice_of(to_talk_to: Speaking, config: dict[str, Any], memory: Memory) -> WebVoice:
    """The run, before its model is loaded. Raises: DataError, RunError."""
    timing = to_talk_to.timing(config["timing"])
    chosen = {name: config[name] for name in ("speaker", "partner", "seed")}
    return WebVoice(to_talk_to, build(config["generation"]), timing, memory, **chosen)


async def _serve(settings: Gradio, limits: Limits, listener: socket.socket, voices: Sequence[WebVoice]) -> None:
    """Returns when the page has been told to end, and has."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before it is imported

    from doppel.serving.browser import BrowserGuard, BrowserServer, empty_app
    from doppel.web.conversations import Conversations
    from doppel.web.page import mounted
    from doppel.web.paths import is_known

    conversations = Conversations(voices, settings)
    app = mounted(empty_app(), conversations, settings, Rate(settings.messages_per_minute).wait_seconds)

    def ready() -> None:
        names = ", ".join(voice.run_name for voice in voices)
        key = "; it asks for the key as a password" if limits.key else ""
        lines = [f"ready at {url(settings.host, listener.getsockname()[1])}, runs: {names}{key}", "Ctrl-C ends it"]
        console().print("\n".join(lines), markup=False, soft_wrap=True)
        sys.stdout.flush()  # for whoever waits for it at the other end of a pipe

    how = {"max_connections": settings.max_connections, "drain_seconds": settings.drain_seconds}
    guard = BrowserGuard(app, limits, is_known)
    await BrowserServer(guard, ready, lambda: conversations.is_idle, **how).serve([listener])

"""doppel bot RUN: what a run learnt as a Telegram bot."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

from doppel.bot.telegram import Telegram
from doppel.commands.application import run_composed
from doppel.commands.show import console
from doppel.commands.speaking import Speaking, speaking
from doppel.config.build import build
from doppel.errors import ConfigError
from doppel.memory.memory import Memory
from doppel.run.directory import RunDirectory, open_run
from doppel.run.own_log import own_file
from doppel.serving.address import bound
from doppel.serving.key import from_file
from doppel.serving.rate import Rate

ROOT = "doppel.config.roots.Bot"
LIBRARIES = ("aiogram",)
TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
MOST_WAITING = 1000  # chats that wait for their answer; what is behind them is asked anew


def run(arguments: list[str]) -> int:
    """0 when the bot has been stopped.

    Raises: ConfigError, DataError, RunError, ModelError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("bot", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel bot needs a run first: doppel bot outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed("bot", ROOT, arguments[1:], lambda config, _, opted_in: bot(directory, config, opted_in))


def bot(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the bot has been stopped."""
    settings: Telegram = build(config["bot"])
    if missing := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        raise ConfigError(f'doppel bot needs {" and ".join(missing)}: type pip install "doppel[bot]"')
    token = token_of(settings)
    to_talk_to = speaking(run_directory, opted_in)
    to_talk_to.require(config["speaker"], *(settings.contacts or {}).values())
    with contextlib.ExitStack() as stack:
        memory = Memory(Path(config["memory_file"]).expanduser())
        stack.callback(memory.close)

        from doppel.bot.alone import alone
        from doppel.bot.log import log_to

        stack.enter_context(alone(memory.file.parent, token.partition(":")[0]))
        listener = None
        if settings.mode == "webhook":
            listener = stack.enter_context(bound(settings.host, settings.port, "bot"))
        log_to(own_file(config["log_file"], megabytes=config["log_megabytes"], kept=config["log_files"]), token)
        _answer(settings, token, memory, listener, to_talk_to, config)
    return 0


def _answer(
    settings: Telegram,
    token: str,
    memory: Memory,
    listener: socket.socket | None,
    to_talk_to: Speaking,
    config: dict[str, Any],
) -> None:
    from doppel.bot.running import Correspondence
    from doppel.commands.bot_voice import BotVoice, notes_of
    from doppel.engine.desk import Desk

    timing = to_talk_to.timing(config["timing"])
    engine = to_talk_to.engine(config["engine"])
    brief = to_talk_to.briefer(config, engine.encoder, notes_of(memory))
    desk = Desk(engine, max_waiting=MOST_WAITING)
    try:
        voice = BotVoice(
            desk,
            to_talk_to.people,
            to_talk_to.asides,
            build(config["generation"]),
            memory,
            run_name=to_talk_to.run_directory.path.name,
            speaker=config["speaker"],
            contacts=settings.contacts or {},
            seed=config["seed"],
            history_messages=settings.history_messages,
            brief=brief,
        )
        rate = Rate(settings.messages_per_minute)
        correspondence = Correspondence(settings, token, memory, voice, timing, rate.wait_seconds, listener=listener)
        asyncio.run(correspondence.run(lambda name: tell_ready(settings, name, listener)))
    finally:
        desk.close()


def tell_ready(settings: Telegram, name: str, listener: socket.socket | None) -> None:
    """Says that the bot is there, and who may talk with it."""
    others = len(settings.allowed)
    who = (
        f"its owner and {others} on the list"
        if settings.owner
        else f"nobody but {others} on the list: type bot.owner=ID"
    )
    place = f", listening on {settings.host}:{listener.getsockname()[1]}" if listener else ""
    lines = [f"ready as @{name}{place}; it talks with {who}", "Ctrl-C ends it"]
    console().print("\n".join(lines), markup=False, soft_wrap=True)
    sys.stdout.flush()  # for whoever waits for it at the other end of a pipe


def token_of(settings: Telegram) -> str:
    """The bot's token, from a file or the environment. Raises: ConfigError where there is none."""
    if settings.token_file is not None:
        return _sound(from_file("bot.token_file", settings.token_file))
    if settings.token_variable is not None and settings.token_variable in os.environ:
        return _sound(os.environ[settings.token_variable])
    raise ConfigError(
        f"the bot needs the token that @BotFather gives: put it into a file and type bot.token_file=FILE, or into the "
        f"environment variable {settings.token_variable or '(bot.token_variable=NAME)'}"
    )


def _sound(token: str) -> str:
    """The token without white space around it. It is not shown where it is refused."""
    if not TOKEN.fullmatch(token.strip()):
        raise ConfigError("the bot's token is none: copy it from @BotFather, it looks like 1234567:AA...")
    return token.strip()

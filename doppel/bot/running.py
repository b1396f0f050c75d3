"""The bot, from its token to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import GetMe, SetMyCommands
from aiogram.types import BotCommand

from doppel.bot import words
from doppel.bot.admission import Admission
from doppel.bot.calls import Calls, RejectedError
from doppel.bot.chat import Means
from doppel.bot.polling import Polling
from doppel.bot.stopping import StoppedError, Stopping
from doppel.bot.switchboard import Switchboard
from doppel.bot.webhook import Webhook
from doppel.errors import ConfigError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from doppel.bot.telegram import Telegram
    from doppel.bot.voice import Voice
    from doppel.memory.memory import Memory
    from doppel.types import Timing

log = logging.getLogger(__name__)
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stopped_by_signals(stopping: Stopping) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the bot in order as long as this is open."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


class Correspondence:
    """A bot that answers until it is told to end."""

    def __init__(
        self,
        settings: Telegram,
        token: str,
        memory: Memory,
        voice: Voice,
        timing: Timing,
        wait_seconds: Callable[[str], float],
        *,
        listener: socket.socket | None,
    ) -> None:
        """`wait_seconds`: of doppel.serving.rate; `listener`: where a webhook listens, bound already."""
        self.settings = settings
        self.token = token
        self.memory = memory
        self.voice = voice
        self.timing = timing
        self.admission = Admission(settings, wait_seconds)
        self.listener = listener
        self.stopping = Stopping()

    async def run(self, ready: Callable[[str], None]) -> None:
        """Returns when the bot has been told to end, and has. `ready` is told its name. Raises: DoppelError."""
        api = TelegramAPIServer.from_base(self.settings.api)
        bot = Bot(self.token, AiohttpSession(api=api, timeout=float(self.settings.request_seconds)))
        try:
            with stopped_by_signals(self.stopping):
                await self._talk(bot, self.stopping, ready)
        except StoppedError:
            log.info("the bot ends")
        finally:
            await bot.session.close()
        if self.stopping.fault is not None:
            raise self.stopping.fault

    async def _talk(self, bot: Bot, stopping: Stopping, ready: Callable[[str], None]) -> None:
        calls = Calls(bot, self.settings, stopping)
        try:
            me = await calls.patiently(GetMe())
        except RejectedError as error:
            raise ConfigError(f"Telegram does not take the bot's token: {error}") from error
        means = Means(self.settings, calls, stopping, self.memory, self.voice, self.timing)
        switchboard = Switchboard(means, self.admission, me)
        commands = [BotCommand(command=name, description=what) for name, what in words.COMMANDS.items()]
        await calls.if_possible(SetMyCommands(commands=commands))
        switchboard.begin()
        ready(me.username or str(me.id))
        try:
            if self.listener is None:
                await Polling(means, switchboard).run()
            else:
                await Webhook(means, switchboard, self.listener).run()
        finally:
            stopping.stop()
            await switchboard.rest()

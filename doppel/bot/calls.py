"""Requests to Telegram that outlast outages and flood waits, and never give a message twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from doppel.bot.stopping import StoppedError
from doppel.errors import ConfigError

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods import TelegramMethod

    from doppel.bot.stopping import Stopping
    from doppel.bot.telegram import Telegram

T = TypeVar("T")
log = logging.getLogger(__name__)
OUTAGES = (TelegramNetworkError, TelegramServerError, ClientDecodeError)  # the last one is a proxy's page of words


class RejectedError(Exception):
    """Telegram does not take this: a chat that is gone, a bot that is blocked. Asking again changes nothing."""


class UnknownError(Exception):
    """The connection broke in the middle: nobody knows whether Telegram has taken it."""


class Backoff:
    """How long to wait after a failure, twice as long after the next one."""

    def __init__(self, settings: Telegram) -> None:
        self.settings = settings
        self.failures = 0

    def next(self) -> float:
        """Seconds."""
        waited = self.settings.first_retry_seconds * 2 ** min(self.failures, 30)
        self.failures += 1
        return min(waited, self.settings.longest_retry_seconds)


class Calls:
    """The Bot API as the rest of the bot uses it."""

    def __init__(self, bot: Bot, settings: Telegram, stopping: Stopping) -> None:
        self.bot = bot
        self.settings = settings
        self.stopping = stopping

    async def once(self, method: TelegramMethod[T], seconds: int | None = None) -> T:
        """The outcome of a single try. Raises: what aiogram raises, ConfigError for a token that is none."""
        try:
            return await self.bot(method, request_timeout=seconds or self.settings.request_seconds)
        except (TelegramUnauthorizedError, TelegramNotFound) as error:
            told = "Telegram does not know the bot's token: copy it from @BotFather anew, into bot.token_file=FILE"
            raise ConfigError(told) from error

    async def patiently(self, method: TelegramMethod[T], *, may_repeat: bool = True) -> T:
        """The outcome, however long that takes; `may_repeat`: whether doing it twice is like doing it once.

        Raises: RejectedError, UnknownError, StoppedError, ConfigError.
        """
        backoff = Backoff(self.settings)
        name = type(method).__name__
        while True:
            try:
                return await self.once(method)
            except TelegramRetryAfter as error:
                wait = float(error.retry_after)
                log.warning("%s: Telegram is flooded and asks to wait for %d s", name, error.retry_after)
            except TelegramMigrateToChat as error:
                raise RejectedError(f"the group's id is now {error.migrate_to_chat_id}") from error
            except TelegramEntityTooLarge as error:
                raise RejectedError("it is too large") from error
            except OUTAGES as error:
                if not may_repeat and _may_have_arrived(error):
                    raise UnknownError(type(error).__name__) from error
                wait = backoff.next()
                log.warning("%s: Telegram cannot be reached (%s), again in %g s", name, type(error).__name__, wait)
            except TelegramAPIError as error:
                raise RejectedError(f"{type(error).__name__}: {error.message}") from error
            await self.stopping.sleep(wait)

    async def if_possible(self, method: TelegramMethod[T]) -> T | None:
        """The outcome of what is not worth a fault; None where there is none."""
        try:
            return await self.patiently(method)
        except (RejectedError, StoppedError, ConfigError) as error:
            log.info("%s: not done: %s", type(method).__name__, error)
            return None


def is_conflict(error: Exception) -> bool:
    """Whether somebody else asks for the updates of this token."""
    return isinstance(error, TelegramConflictError)


def _may_have_arrived(error: Exception) -> bool:
    """Whether the request was sent whole: not where no connection was made, and not where the server refused it."""
    if isinstance(error, TelegramServerError | ClientDecodeError):
        return False
    return not isinstance(error.__cause__, ClientConnectorError)

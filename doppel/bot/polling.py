"""Long polling: updates are asked for, kept, and only then confirmed by asking for the next ones."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook, GetUpdates, GetWebhookInfo

from doppel.bot.calls import Backoff, is_conflict
from doppel.bot.stopping import StoppedError
from doppel.bot.switchboard import WANTED
from doppel.errors import RunError

if TYPE_CHECKING:
    from aiogram.types import Update

    from doppel.bot.chat import Means
    from doppel.bot.switchboard import Switchboard

log = logging.getLogger(__name__)
TAKEN = (
    "another program asks for the updates of this bot's token: end it (another doppel bot, or one on another machine), "
    "or give this one a token of its own from @BotFather"
)


class Polling:
    """Asks for updates until the bot ends."""

    def __init__(self, means: Means, switchboard: Switchboard) -> None:
        self.means = means
        self.settings = means.settings
        self.switchboard = switchboard
        self.offset: int | None = None
        self._backoff = Backoff(means.settings)
        self._first_conflict = self._last_conflict = -means.settings.conflict_seconds

    async def run(self) -> None:
        """Raises: StoppedError, RunError where another program holds the token, ConfigError for a wrong one."""
        await self._take_over()
        while True:
            try:
                updates = await self.means.stopping.race(self._ask())
            except (TelegramAPIError, ClientDecodeError) as error:
                await self.means.stopping.sleep(self._wait_after(error))
                continue
            if self._backoff.failures and not self._is_contested():
                log.info("Telegram is reached again")
                self._backoff = Backoff(self.settings)
            for update in updates:
                if not self.switchboard.accept(update):
                    raise StoppedError
                self.offset = update.update_id + 1

    async def _ask(self) -> list[Update]:
        method = GetUpdates(offset=self.offset, timeout=self.settings.poll_seconds, allowed_updates=WANTED)
        return await self.means.calls.once(method, self.settings.poll_seconds + self.settings.request_seconds)

    async def _take_over(self) -> None:
        """Sees to it that updates can be asked for. Raises: RunError."""
        calls = self.means.calls
        url = (await calls.patiently(GetWebhookInfo())).url
        if url and url != self.settings.webhook_url and not self.settings.replaces_webhook:
            raise RunError(
                "Telegram calls a webhook for this bot's token, perhaps another program's: "
                "type bot.replaces_webhook=true to take it off, or give this bot a token of its own from @BotFather"
            )
        if url:
            await calls.patiently(DeleteWebhook(drop_pending_updates=False))

    def _wait_after(self, error: Exception) -> float:
        """Seconds. Raises: RunError where another program has held the token for too long."""
        if isinstance(error, TelegramRetryAfter):
            log.warning("Telegram is flooded and asks to wait for %d s", error.retry_after)
            return float(error.retry_after)
        wait = self._backoff.next()
        if is_conflict(error):
            now = time.monotonic()
            if not self._is_contested():
                self._first_conflict = now
            self._last_conflict = now
            if now - self._first_conflict >= self.settings.conflict_seconds:
                raise RunError(TAKEN) from error
            log.warning("%s; again in %g s", TAKEN, wait)
        else:
            log.warning("Telegram cannot be reached (%s), again in %g s", type(error).__name__, wait)
        return wait

    def _is_contested(self) -> bool:
        """Whether another program was there lately: both get some updates between the refusals."""
        return time.monotonic() - self._last_conflict < self.settings.conflict_seconds

"""The webhook: Telegram brings updates, and is told that they are taken once they are kept."""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING

from aiogram.methods import SetWebhook
from aiogram.types import Update
from aiohttp import web
from pydantic import ValidationError

from doppel.bot.calls import RejectedError
from doppel.bot.switchboard import WANTED
from doppel.errors import ConfigError

if TYPE_CHECKING:
    import socket

    from doppel.bot.chat import Means
    from doppel.bot.switchboard import Switchboard

log = logging.getLogger(__name__)
HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BODY = 1024 * 1024  # bytes; an update with a text of 4096 characters has some thousand


class Webhook:
    """Listens until the bot ends. The webhook stays: what comes meanwhile waits at Telegram for the next start."""

    def __init__(self, means: Means, switchboard: Switchboard, listener: socket.socket) -> None:
        self.means = means
        self.switchboard = switchboard
        self.listener = listener
        self.secret = secrets.token_urlsafe(32)  # another one for each start, which Telegram brings along

    async def run(self) -> None:
        """Returns when the bot is to end. Raises: ConfigError where Telegram does not take the address."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/{tail:.*}", self._take)  # a proxy may add a path of its own
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, self.listener).start()
            await self._register()
            await self.means.stopping.wait()
        finally:
            await runner.cleanup()

    async def _register(self) -> None:
        url = self.means.settings.webhook_url or ""
        # One at a time, so that they come in their order.
        method = SetWebhook(url=url, secret_token=self.secret, allowed_updates=WANTED, max_connections=1)
        try:
            await self.means.calls.patiently(method)
        except RejectedError as error:
            raise ConfigError(f"bot.webhook_url={url} is refused by Telegram: {error}") from error

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.secret.encode()):
            return web.Response(status=401)
        try:
            update = Update.model_validate_json(await request.read(), context={"bot": self.means.calls.bot})
        except ValidationError:
            log.error("what came to the webhook is no update")
            return web.Response(status=400)
        return web.Response(status=200 if self.switchboard.accept(update) else 503)

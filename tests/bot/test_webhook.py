"""Updates that Telegram brings by itself."""

import asyncio
import io
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from doppel.bot.webhook import HEADER
from doppel.errors import ConfigError
from doppel.serving.address import bound
from tests.bot.fake_api import FakeApi, Fault, until
from tests.bot.running import FRIEND, running

URL = "https://example.org/bot"
HOOK = {"mode": "webhook", "webhook_url": URL, "port": 0}
UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1700000000,
        "chat": {"id": FRIEND, "type": "private"},
        "from": {"id": FRIEND, "is_bot": False, "first_name": "Bob"},
        "text": "hi",
    },
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bound("127.0.0.1", 0, "serving") as opened:
        yield opened


def test_updates_are_taken_from_who_knows_the_secret(api: FakeApi, tmp_path: Path, listener: socket.socket) -> None:
    place = f"http://127.0.0.1:{listener.getsockname()[1]}/any/path"

    async def scenario() -> None:
        async with running(api, tmp_path, listener=listener, **HOOK) as bot, aiohttp.ClientSession() as session:
            await until(lambda: api.webhook["url"])
            assert (api.webhook["url"], api.webhook["max_connections"]) == (URL, "1")
            secret = api.webhook["secret_token"]
            for given, body, status in [
                ("wrong", UPDATE, 401),
                ("", UPDATE, 401),
                (secret, {"nothing": 1}, 400),
                (secret, UPDATE, 200),
                (secret, UPDATE, 200),  # brought again, as the first answer did not arrive
            ]:
                async with session.post(place, json=body, headers={HEADER: given}) as answer:
                    assert answer.status == status
            async with session.post(place, data=io.BytesIO(b"x" * 2_000_000), headers={HEADER: secret}) as answer:
                assert answer.status == 413
            await bot.said(FRIEND, "HI")
            async with session.post(place, json={**UPDATE, "update_id": 8}, headers={HEADER: secret}) as answer:
                assert answer.status == 200
            await bot.said(FRIEND, "HI", "HI")
            assert "getUpdates" not in api.calls

    asyncio.run(scenario())


def test_an_address_that_telegram_refuses_is_told(api: FakeApi, tmp_path: Path, listener: socket.socket) -> None:
    async def scenario() -> None:
        api.faults["setWebhook"] += [Fault(400, "Bad Request: bad webhook: HTTPS url must be provided")]
        async with running(api, tmp_path, listener=listener, **HOOK) as bot:
            await until(bot.task.done)

    with pytest.raises(ConfigError, match=r"bot.webhook_url=https://example.org/bot is refused by Telegram"):
        asyncio.run(scenario())


def test_polling_after_an_own_webhook_takes_it_off(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        api.webhook = {"url": URL}
        async with running(api, tmp_path, webhook_url=URL) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")

    asyncio.run(scenario())

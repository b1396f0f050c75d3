"""The bot is killed again and again while two people write: everything is answered, and nothing is said twice."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doppel.memory.database import open_database
from tests.bot.fake_api import FakeApi, until
from tests.bot.running import FRIEND, OWNER, running

MESSAGES = 100
CHATS = (OWNER, FRIEND)


@dataclass
class Elsewhere:
    """What the killed process knows of the API: its address."""

    address: str

    def url(self) -> str:
        return self.address


def bot(api: FakeApi, folder: Path) -> int:
    """The id of a process that is a bot until it is killed."""
    if child := os.fork():
        return child

    async def talk() -> None:
        elsewhere: Any = Elsewhere(api.url())
        async with running(elsewhere, folder, gather_seconds=0.02, messages_per_minute=None) as talking:
            await talking.task

    try:
        asyncio.run(talk())
    finally:
        os._exit(1)


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_kills_at_random_moments(seed: int, api: FakeApi, tmp_path: Path) -> None:
    draw, said, kills = random.Random(seed), 0, 0
    while said < MESSAGES:
        child = bot(api, tmp_path)
        try:
            until_kill = time.monotonic() + draw.uniform(0.5, 1.5)
            while time.monotonic() < until_kill and said < MESSAGES:
                api.say(draw.choice(CHATS), f"m{said}\nx{said}")
                said += 1
                time.sleep(draw.uniform(0, 0.08))
        finally:
            kill(child)
        kills += 1
    child = bot(api, tmp_path)
    try:
        asyncio.run(until(lambda: not api.updates and not left(tmp_path)))
    finally:
        kill(child)
    count = Counter(one["text"] for one in api.sent)
    wanted = {f"{letter}{number}" for number in range(MESSAGES) for letter in "MX"}
    assert set(count) <= wanted
    assert set(count.values()) == {1}
    # Of what was on its way when the bot was killed nobody knows whether it has arrived: one message a chat.
    assert len(wanted - set(count)) <= kills * len(CHATS)


def left(folder: Path) -> int:
    """How many messages are not answered, or not sent, yet."""
    connection = open_database(folder / "memory.sqlite3")
    try:
        open_states = "SELECT count(*) FROM message WHERE state IN ('waiting', 'queued', 'sending')"
        return connection.execute(open_states).fetchone()[0]
    finally:
        connection.close()

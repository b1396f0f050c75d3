"""A reply on its way: a message after the other, when the persona would have sent it, until it ends or is stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from doppel.errors import DoppelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from doppel.web.part import Reply
    from doppel.web.voice import Voice

log = logging.getLogger(__name__)
STOPPED = "stopped"


class Speaking:
    """At most one reply at a time."""

    def __init__(self) -> None:
        self.status = ""  # for the page: who types, or what went wrong
        self._task: asyncio.Task[str] | None = None  # of the newest reply
        self._is_over = True  # and its status tells how it has ended
        self._news = asyncio.Event()

    @property
    def is_busy(self) -> bool:
        """Whether something is being said."""
        return not self._is_over

    def begin(self, voice: Voice, reply: Reply, name: str) -> None:
        """Says it in the background, in the place of what is being said."""
        self.stop()
        self.status, self._is_over = f"{name} is typing ...", False
        self._task = asyncio.create_task(self._say(voice, reply, name))
        self._task.add_done_callback(partial(self._end, reply))

    def stop(self) -> None:
        """Ends what is being said: what has been said stays."""
        if self._task is not None:
            self._task.cancel()

    def forget(self) -> None:
        """Ends it without a word."""
        self.stop()
        self._task, self._is_over, self.status = None, True, ""
        self._tell()

    async def changes(self) -> AsyncIterator[None]:
        """Something each time there is more to show, and once when all is said."""
        task = self._task
        while True:
            news, is_over = self._news, self._is_over or task is not self._task
            yield
            if is_over:
                return
            await news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _end(self, reply: Reply, task: asyncio.Task[str]) -> None:
        if reply.original is None:  # it was stopped before a word
            reply.original = tuple(reply.messages)
        if task is self._task:  # no other reply has begun since
            self.status, self._is_over = STOPPED if task.cancelled() else task.result(), True
        self._tell()

    async def _say(self, voice: Voice, reply: Reply, name: str) -> str:
        """What went wrong, "" where nothing did."""
        seed, began = voice.seed(), time.monotonic()
        if not voice.timing.answers(reply.asked.turns[-1].messages if reply.asked.turns else ()):
            return f"{name} leaves that unanswered"
        try:
            await asyncio.sleep(voice.timing.reply_seconds())
            async for text in self._messages(voice, reply, seed, is_of_base=False):
                if reply.messages:
                    await asyncio.sleep(voice.timing.pause_seconds())
                reply.messages.append(text)
                self._tell()
            reply.original = tuple(reply.messages)
            log.info("replied: %d messages, %.2f s", len(reply.messages), time.monotonic() - began)
            if reply.base is not None:
                self.status = "the base model is typing ..."
                self._tell()
                async for text in self._messages(voice, reply, seed, is_of_base=True):
                    reply.base.append(text)
                    self._tell()
        except DoppelError as error:
            log.error("no reply: %s", error)
            return str(error)
        except Exception as error:  # its text may quote the chat
            log.error("no reply: %s", type(error).__name__)
            return f"the model has failed: {type(error).__name__}"
        return "" if reply.messages else f"{name} says nothing"

    async def _messages(self, voice: Voice, reply: Reply, seed: int, *, is_of_base: bool) -> AsyncIterator[str]:
        async with aclosing(voice.reply(reply.asked, seed, is_of_base=is_of_base)) as messages:
            async for text in messages:
                yield text

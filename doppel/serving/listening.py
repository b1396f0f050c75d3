"""One reply on its way from the thread that speaks to the client, who may leave at any time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import StreamingResponse

from doppel.errors import DoppelError
from doppel.serving.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from starlette.types import Message, Receive, Scope, Send

    from doppel.serving.asked import Asked, Piece, Talker
    from doppel.serving.metrics import Metrics

T = TypeVar("T")
log = logging.getLogger(__name__)


class GoneError(Exception):
    """The client has closed the connection."""


class Listening:
    """The pieces of a reply as they come. Raises: RefusedError."""

    def __init__(self, talker: Talker, asked: Asked, metrics: Metrics) -> None:
        self.metrics = metrics
        self.began = time.perf_counter()
        self.last: Piece | None = None
        self._heard: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def hear(piece: Piece | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody listens any more
                loop.call_soon_threadsafe(self._heard.put_nowait, piece)

        self.pending = talker.ask(asked, hear)

    @property
    def is_over(self) -> bool:
        """Whether the reply has come to its end."""
        return self.last is not None and self.last.end is not None

    async def piece(self) -> Piece:
        """The next piece. Raises: RefusedError where the model has failed."""
        heard = await self._heard.get()
        if isinstance(heard, Exception):
            raise refused(heard)
        if self.last is None:
            self.metrics.first_piece(time.perf_counter() - self.began)
        self.last = heard
        if self.is_over:
            self.metrics.reply(heard, time.perf_counter() - self.began)
        return heard

    async def whole(self) -> str:
        """All the words."""
        words = ""
        while not self.is_over:
            words += (await self.piece()).text
        return words

    def close(self) -> None:
        """Stops the model where it still speaks."""
        self.pending.cancel()
        if not self.is_over:
            self.metrics.abandoned += 1


def refused(fault: Exception) -> RefusedError:
    """What the client is told of a fault; the log has its kind and place, never the words it may quote."""
    if isinstance(fault, DoppelError):
        log.error("no reply: %s", fault)
        return RefusedError(500, str(fault))
    is_full = "out of memory" in str(fault).lower() or isinstance(fault, MemoryError)
    log.error("no reply: %s", kind(fault))
    if is_full:
        return RefusedError(503, "the model is out of memory: send a shorter conversation, or try again later")
    return RefusedError(500, f"the model has failed: {type(fault).__name__}")


def kind(fault: BaseException) -> str:
    """What an exception is and where it was raised, without its text: that may quote a chat."""
    place = fault.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f" in {place.tb_frame.f_code.co_filename}, line {place.tb_lineno}" if place else ""
    return f"{type(fault).__name__}{where}"


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The outcome of the work. Raises: GoneError where the client leaves first, and the work is cancelled."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(wait_gone(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise GoneError
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


class Stream(StreamingResponse):
    """Server-sent events; however they end, the model is stopped."""

    def __init__(self, events: AsyncIterator[str], close: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        self.close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.close()


async def wait_gone(receive: Receive) -> None:
    """Returns when the client has left."""
    message: Message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()

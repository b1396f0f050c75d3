"""Ending in order: what waits stops waiting, what is being sent is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from doppel.errors import DoppelError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class StoppedError(Exception):
    """The bot is ending; what is kept is taken up by the next start."""


class Stopping:
    """Whether the bot is to end, and why where that is a fault."""

    def __init__(self) -> None:
        self.fault: DoppelError | None = None
        self._event = asyncio.Event()

    @property
    def is_set(self) -> bool:
        """Whether it is to end."""
        return self._event.is_set()

    def stop(self, fault: DoppelError | None = None) -> None:
        """Ends it; the first fault is the reason."""
        self.fault = self.fault or fault
        self._event.set()

    async def wait(self) -> None:
        """Returns when it is to end."""
        await self._event.wait()

    async def sleep(self, seconds: float) -> None:
        """Returns after so long. Raises: StoppedError when it is to end before."""
        await self.race(asyncio.sleep(seconds))

    async def race(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of the work. Raises: StoppedError when it is to end before, and the work is cancelled."""
        working, ending = asyncio.ensure_future(work), asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise StoppedError
            return working.result()
        finally:
            for task in (working, ending):
                task.cancel()
            await asyncio.gather(working, ending, return_exceptions=True)

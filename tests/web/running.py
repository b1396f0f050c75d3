"""The page on a free port of this machine, in a thread, with whoever is to speak."""

import asyncio
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from doppel.serving.address import bound
from doppel.serving.browser import BrowserGuard, BrowserServer, empty_app
from doppel.serving.limits import Limits
from doppel.serving.rate import Rate
from doppel.web.conversations import Conversations
from doppel.web.page import mounted
from doppel.web.paths import is_known
from tests.web.fakes import settings

LIMIT_SECONDS = 60.0


@contextmanager
def running(voices: Sequence[Any], *, key: str | None = None, **changes: Any) -> Iterator[str]:
    """The address of a page that is there as long as this is open."""
    chosen = settings(**changes)
    limits = Limits(chosen.host, key, chosen.requests_per_minute, chosen.max_body_kilobytes, chosen.max_body_seconds)
    listener = bound(chosen.host, chosen.port, "web")
    is_ready = threading.Event()
    servers: list[BrowserServer] = []

    async def serve() -> None:
        conversations = Conversations(voices, chosen)
        app = mounted(empty_app(), conversations, chosen, Rate(chosen.messages_per_minute).wait_seconds)
        how = {"max_connections": chosen.max_connections, "drain_seconds": chosen.drain_seconds}
        guard = BrowserGuard(app, limits, is_known)
        servers.append(BrowserServer(guard, is_ready.set, lambda: conversations.is_idle, **how))
        await servers[0].serve([listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert is_ready.wait(LIMIT_SECONDS)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        servers[0].handle_exit(signal.SIGTERM, None)
        thread.join(LIMIT_SECONDS)
        listener.close()
    assert not thread.is_alive()

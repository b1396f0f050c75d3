"""The server: uvicorn on a socket that is bound already, which tells when it is ready and drains when it is stopped."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from doppel.serving.door import Door
    from doppel.serving.guard import Guard

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Answers what is under way before it ends; a second Ctrl-C ends it at once."""

    def __init__(self, app: Guard, settings: Door, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,  # its own lines would name the clients
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # an address that a client may write itself limits nobody
            limit_concurrency=settings.max_connections,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        self.ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stop the server while this is open. Unlike uvicorn's own, it does not raise them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[int, Any] = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(app: Guard, settings: Door, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Returns when the server has been told to stop and has answered what was under way."""
    Server(app, settings, ready).run([listener])

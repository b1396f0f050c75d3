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

    from starlette.types import ASGIApp

    from doppel.serving.door import Door
    from doppel.types import PositiveInt

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Answers what is under way before it ends; a second Ctrl-C ends it at once."""

    def __init__(
        self,
        app: ASGIApp,
        ready: Callable[[], None],
        *,
        max_connections: PositiveInt,
        drain_seconds: PositiveInt,
        has_lifespan: bool = False,
    ) -> None:
        """`has_lifespan`: whether the application has something of its own to begin and to end."""
        config = uvicorn.Config(
            app,
            lifespan="on" if has_lifespan else "off",
            ws="none",
            log_config=None,  # its own lines would name the clients
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # an address that a client may write itself limits nobody
            limit_concurrency=max_connections,
            timeout_graceful_shutdown=drain_seconds,
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


def serve(app: ASGIApp, settings: Door, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Returns when the server has been told to stop and has answered what was under way."""
    server = Server(app, ready, max_connections=settings.max_connections, drain_seconds=settings.drain_seconds)
    server.run([listener])

"""The guard and the server of a page in the browser: which paths there are, and that nothing of it leaves."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders

from doppel.serving.api import NO_TELEMETRY
from doppel.serving.guard import Guard, Sent
from doppel.serving.key import as_bearer, is_key
from doppel.serving.refusal import RefusedError
from doppel.serving.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Scope, Send

    from doppel.serving.limits import Limits

log = logging.getLogger(__name__)
LOWEST_REFUSAL = 400
GLANCE_SECONDS = 0.1  # from one look to the next whether all is said
LAST_WORDS_SECONDS = 0.5  # that the end of a reply gets to be on its way
# What a page may load and where it may send to is this server alone, whatever its scripts or a message would like.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def empty_app() -> FastAPI:
    """An application without a path of its own, to put a page on."""
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)  # type: ignore[arg-type]


class BrowserGuard(Guard):
    """Lets through what the page itself asks for; `is_known`: whether a path (by method and path) is part of it."""

    def __init__(self, app: ASGIApp, limits: Limits, is_known: Callable[[str, str], bool]) -> None:
        super().__init__(app, limits, Counter(), open_paths=(), known_paths=())
        self.is_known = is_known

    def _admit(self, scope: Scope) -> None:
        super()._admit(scope)
        headers = Headers(scope=scope)
        # A page of another site may send a form here: browsers tell whose page it was.
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower():
            raise RefusedError(403, "pages of other sites may not ask here", code="wrong_origin")
        if not self.is_known(scope["method"], scope["path"]):
            raise RefusedError(404, "there is nothing here: the page is at /")

    def _require_key(self, key: str, authorization: bytes) -> None:
        if not is_key(key, as_bearer(authorization)):
            told = "a key is required: any name, and the server's key as the password"
            challenge = {"WWW-Authenticate": 'Basic realm="doppel", charset="UTF-8"'}
            raise RefusedError(401, told, code="invalid_api_key", headers=challenge)

    def _sent(self, send: Send) -> Sent:
        return Closed(send)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """A page asks for a hundred files: what is worth a line is what it was refused."""
        if status >= LOWEST_REFUSAL:
            log.info("%s refused: %d, %.2f s", scope["method"], status, seconds)


class Closed(Sent):
    """Adds what tells the browser to stay here, and takes off what would let other sites in."""

    async def __call__(self, message: Any) -> None:
        """Sends a part of a response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            headers.update(HEADERS)
        await super().__call__(message)


class BrowserServer(Server):
    """Does not wait for open pages, which hold their connection, but for what `is_idle` tells of."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None], is_idle: Callable[[], bool], **limits: int) -> None:
        """`limits`: max_connections, drain_seconds."""
        super().__init__(app, ready, has_lifespan=True, **limits)
        self.is_idle = is_idle

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        """Lets what is being said be said, and ends."""
        leaving = asyncio.create_task(self._leave())
        try:
            await super().shutdown(sockets)
        finally:
            leaving.cancel()

    async def _leave(self) -> None:
        while not self.is_idle():
            await asyncio.sleep(GLANCE_SECONDS)
        await asyncio.sleep(LAST_WORDS_SECONDS)
        self.force_exit = True

"""What stands before the API: who may ask, how often, how much at once. Bodies are never logged."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers

from doppel.loopback import is_loopback
from doppel.serving.address import LOCAL_NAMES
from doppel.serving.key import is_key
from doppel.serving.listening import GoneError, kind
from doppel.serving.rate import Rate
from doppel.serving.refusal import RefusedError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from doppel.serving.limits import Limits

log = logging.getLogger(__name__)
GONE_STATUS = 499  # nginx's: nobody was there to read the reply
KILO = 1024
FAILED = RefusedError(500, "the server has failed; its log says where")


class Guard:
    """An ASGI application around another one; `requests` counts what was answered, by path and status."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        requests: Counter[tuple[str, int]],
        *,
        open_paths: Collection[str],  # for whoever has no key; they are not counted against the rate
        known_paths: Collection[str],  # that are logged; of others nobody knows what is in them
    ) -> None:
        self.app = app
        self.limits = limits
        self.requests = requests
        self.open_paths, self.known_paths = open_paths, known_paths
        self.rate = Rate(limits.requests_per_minute)
        self.is_local = is_loopback(limits.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or refuses it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = time.perf_counter()
        sent = self._sent(send)
        try:
            self._admit(scope)
            body = await self._body(scope, receive)
            await self.app(scope, replaying(body, receive), sent)
        except GoneError:
            sent.status = GONE_STATUS
        except RefusedError as refusal:
            await self._refuse(refusal, scope, receive, sent)
        except Exception as fault:  # its text, and so its traceback, may quote a chat
            log.error("%s", kind(fault))
            await self._refuse(FAILED, scope, receive, sent)
        self._note(scope, sent.status, time.perf_counter() - began)
        return None

    def _sent(self, send: Send) -> Sent:
        return Sent(send)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self.known_paths else "other"
        self.requests[path, status] += 1
        log.info("%s %s %d %.2f s", scope["method"], path, status, seconds)

    async def _refuse(self, refusal: RefusedError, scope: Scope, receive: Receive, sent: Sent) -> None:
        if not sent.status:
            await refusal.response()(scope, receive, sent)

    def _admit(self, scope: Scope) -> None:
        """Raises: RefusedError."""
        headers = Headers(scope=scope)
        # A page of another site may get its own name to lead here (DNS rebinding), and only the name tells.
        if self.is_local and without_port(headers.get("host", "")) not in LOCAL_NAMES:
            raise RefusedError(403, "this server answers to localhost alone", code="wrong_host")
        if scope["path"] in self.open_paths:
            return
        client = scope["client"][0] if scope.get("client") else ""
        if wait := self.rate.wait_seconds(client):
            seconds = str(math.ceil(wait))
            told = f"more than {self.rate.limit} requests a minute: the next one in {seconds} s"
            raise RefusedError(429, told, code="rate_limit_exceeded", headers={"Retry-After": seconds})
        if self.limits.key is not None:
            self._require_key(self.limits.key, headers.get("authorization", "").encode())

    def _require_key(self, key: str, authorization: bytes) -> None:
        """Raises: RefusedError."""
        if not is_key(key, authorization):
            told = "a key is required: send the header Authorization: Bearer KEY with the server's key"
            raise RefusedError(401, told, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. Raises: RefusedError for one that is too long or comes too slowly, GoneError."""
        limit = self.limits.max_body_kilobytes * KILO
        too_long = RefusedError(413, f"a body of more than {self.limits.max_body_kilobytes} KiB is not taken")
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated) > limit:
            raise too_long
        pieces: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self.limits.max_body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise GoneError
                    pieces.append(message.get("body", b""))
                    length += len(pieces[-1])
                    if length > limit:
                        raise too_long
                    if not message.get("more_body"):
                        return b"".join(pieces)
        except TimeoutError as error:
            raise RefusedError(408, f"the body took more than {self.limits.max_body_seconds} s") from error


class Sent:
    """Passes a response on and keeps its status, 0 as long as there is none."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0

    async def __call__(self, message: Any) -> None:
        """Sends a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self.send(message)


def replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which has been read already, then what really comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def without_port(host: str) -> str:
    """The name or address of a Host header."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()

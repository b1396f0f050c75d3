"""Telegram's Bot API on a port of this machine, over real HTTP: people's words go in, what the bot says comes out."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

TOKEN = "1234567:AA-not-a-real-token-of-anybody"
ME = {"id": 1234567, "is_bot": True, "first_name": "Doppel", "username": "doppel_bot"}
LIMIT_SECONDS = 60.0


@dataclass
class Fault:
    """What happens to the next request in the place of an answer."""

    status: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] | None = None
    body: str | None = None  # no JSON, as a proxy says it
    breaks: bool = False  # the connection is cut
    is_done: bool = False  # and still what was asked for has been done


FLOOD = Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1})
BLOCKED = Fault(403, "Forbidden: bot was blocked by the user")
TORN = Fault(502, body="<html>Bad Gateway</html>")


class FakeApi:
    """All state is of the server's loop; tests read lists that only grow."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []  # not confirmed yet
        self.sent: list[dict[str, Any]] = []  # of sendMessage
        self.edited: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.confirmed = 0
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.webhook: dict[str, Any] = {"url": ""}
        self.port = 0
        self._update_id, self._message_id = 500, 10
        self._is_closing = False
        self._asking = 0  # the newest getUpdates: it ends those before it
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._methods = {
            "getMe": self._get_me,
            "getWebhookInfo": self._get_webhook_info,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "editMessageText": self._edit_message_text,
        }

    # What people do.

    def say(self, user: int, text: str, chat: int | None = None, **more: Any) -> int:
        """Somebody writes, in their own chat with the bot or in a group; the id of the message."""
        message = self._message(user, user if chat is None else chat, text, **more)
        self._put({"message": message})
        return message["message_id"]

    def correct(self, user: int, message_id: int, text: str) -> None:
        self._put({"edited_message": {**self._message(user, user, text), "message_id": message_id, "edit_date": 1}})

    def react(self, user: int, message_id: int, *emoji: str, chat: int | None = None) -> None:
        chat_id = user if chat is None else chat
        new = [{"type": "emoji", "emoji": one} for one in emoji]
        self._put(
            {
                "message_reaction": {
                    "chat": chat_node(chat_id),
                    "message_id": message_id,
                    "user": user_node(user),
                    "date": 1,
                    "old_reaction": [],
                    "new_reaction": new,
                }
            }
        )

    def press(self, user: int, button: dict[str, Any], message: dict[str, Any]) -> None:
        query = {"id": "1", "from": user_node(user), "chat_instance": "1", "data": button["callback_data"]}
        self._put({"callback_query": {**query, "message": message}})

    def again(self, update: dict[str, Any]) -> None:
        """Telegram brings an update a second time."""
        self._run(self._append(update))

    # What came of it.

    def texts(self, chat: int) -> list[str]:
        return [one["text"] for one in list(self.sent) if one["chat"]["id"] == chat]

    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # Outages.

    def down(self) -> None:
        """Nobody listens any more."""
        self._run(self._close())

    def up(self) -> None:
        """On the same port again."""
        self._run(self._open())

    def _put(self, node: dict[str, Any]) -> None:
        self._update_id += 1
        self._run(self._append({"update_id": self._update_id, **node}))

    async def _append(self, update: dict[str, Any]) -> None:
        self.updates.append(update)

    def _message(self, user: int, chat: int, text: str, **more: Any) -> dict[str, Any]:
        self._message_id += 1
        node = {"message_id": self._message_id, "from": user_node(user), "chat": chat_node(chat), "date": 1700000000}
        return {**node, "text": text, **more}

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_SECONDS)

    # The server.

    async def _open(self) -> None:
        self._is_closing = False
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        self._is_closing = True
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        if request.match_info["token"] != TOKEN:
            return refusal(Fault(401, "Unauthorized"))
        asked = {name: str(value) for name, value in (await request.post()).items()}
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault and not fault.is_done:
            return cut(request) if fault.breaks else refusal(fault)
        result = await self._methods.get(method, self._done)(asked)
        if isinstance(result, Fault):
            return refusal(result)
        if fault:
            return cut(request)
        return web.json_response({"ok": True, "result": result})

    async def _done(self, _asked: dict[str, str]) -> Any:
        return True

    async def _get_me(self, _asked: dict[str, str]) -> Any:
        return ME

    async def _get_webhook_info(self, _asked: dict[str, str]) -> Any:
        return {"has_custom_certificate": False, "pending_update_count": 0, **self.webhook}

    async def _set_webhook(self, asked: dict[str, str]) -> Any:
        self.webhook = asked
        return True

    async def _delete_webhook(self, _asked: dict[str, str]) -> Any:
        self.webhook = {"url": ""}
        return True

    async def _get_updates(self, asked: dict[str, str]) -> Any:
        if self.webhook["url"]:
            return Fault(409, "Conflict: can't use getUpdates method while webhook is active")
        self._asking += 1
        own = self._asking
        if "offset" in asked:
            self.confirmed = int(asked["offset"])
            self.updates = [one for one in self.updates if one["update_id"] >= self.confirmed]
        for _ in range(int(asked.get("timeout", 0)) * 100):
            if self._is_closing:
                return []
            if self._asking != own:
                return Fault(409, "Conflict: terminated by other getUpdates request")
            if self.updates:
                break
            await asyncio.sleep(0.01)
        wanted = json.loads(asked["allowed_updates"])
        return [one for one in self.updates if any(kind in one for kind in wanted)]

    async def _send_message(self, asked: dict[str, str]) -> Any:
        self._message_id += 1
        node = {
            "message_id": self._message_id,
            "from": ME,
            "chat": chat_node(int(asked["chat_id"])),
            "date": 1700000000,
        }
        markup = {"reply_markup": json.loads(asked["reply_markup"])} if "reply_markup" in asked else {}
        self.sent.append({**node, "text": asked["text"], **markup})
        return self.sent[-1]

    async def _edit_message_text(self, asked: dict[str, str]) -> Any:
        self.edited.append(asked)
        return True


def user_node(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": f"Person{user}"}


def chat_node(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}


def refusal(fault: Fault) -> web.Response:
    if fault.body is not None:
        return web.Response(status=fault.status, text=fault.body, content_type="text/html")
    node = {"ok": False, "error_code": fault.status, "description": fault.description}
    return web.json_response(
        {**node, **({"parameters": fault.parameters} if fault.parameters else {})}, status=fault.status
    )


def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@contextmanager
def fake_api() -> Iterator[FakeApi]:
    """A server as long as this is open."""
    api = FakeApi()
    thread = threading.Thread(target=api._loop.run_forever)
    thread.start()
    try:
        api.up()
        yield api
        api.down()
    finally:
        api._loop.call_soon_threadsafe(api._loop.stop)
        thread.join(LIMIT_SECONDS)
        api._loop.close()
    assert not thread.is_alive()


async def until(condition: Callable[[], Any]) -> None:
    """Returns when this is so."""
    deadline = asyncio.get_running_loop().time() + LIMIT_SECONDS
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never happened"
        await asyncio.sleep(0.01)

"""An endpoint on this machine that speaks as it is told, over real HTTP; it keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# (the request's body, its number from 0) -> status, headers, body
Answering = Callable[[dict[str, Any], int], tuple[int, dict[str, str], str]]


def saying(words: str) -> tuple[int, dict[str, str], str]:
    """An answer of OpenAI's shape."""
    message = {"role": "assistant", "content": words}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "fake", "choices": [choice]}
    return 200, {}, json.dumps(body)


def failing(status: int) -> tuple[int, dict[str, str], str]:
    """A refusal that asks for no pause, so that tests need not wait."""
    return status, {"Retry-After-Ms": "1"}, json.dumps({"error": {"message": "refused"}})


def replies_of(body: dict[str, Any]) -> tuple[str, str]:
    """(A, B) of a request, "" and "" for the trial."""
    text = body["messages"][-1]["content"]
    if "\nReply A:\n" not in text:
        return "", ""
    first, _, second = text.partition("\nReply A:\n")[2].partition("\n\nReply B:\n")
    return first, second


class Endpoint:
    """Its address, and the requests in the order in which they came."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []

    @property
    def judged(self) -> list[dict[str, Any]]:
        """The requests without the trial."""
        return [one for one in self.requests if replies_of(one) != ("", "")]


@contextmanager
def endpoint(answering: Answering) -> Iterator[Endpoint]:
    found, lock = Endpoint(), threading.Lock()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with lock:
            number = len(found.requests)
            found.requests.append(body)
            found.keys.append(handler.headers.get("Authorization", ""))
        status, headers, text = answering(body, number)
        content = text.encode()
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    kept_alive = {"protocol_version": "HTTP/1.1", "do_POST": answer, "log_message": lambda *_: None}
    handler = type("Handler", (BaseHTTPRequestHandler,), kept_alive)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
    assert not thread.is_alive()

"""The page's server as its scripts ask it, without a browser."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

LIMIT_SECONDS = 60.0


def asked(
    address: str, path: str, body: Any = None, method: str | None = None, **headers: str
) -> tuple[int, Any, bytes]:
    """(status, headers, content); a body is sent as JSON."""
    content = None if body is None else json.dumps(body).encode()
    told = {"Content-Type": "application/json", **{name.replace("_", "-"): words for name, words in headers.items()}}
    request = urllib.request.Request(address + path, content, told, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def events(address: str, number: int, data: list[Any], page: str, event: Any = None) -> Iterator[dict[str, Any]]:
    """What the page is told, as it comes, where its event of this number (in the order of their wiring) happens."""
    body = {"data": data, "fn_index": number, "session_hash": page, "trigger_id": 1, "event_data": event}
    status, _, content = asked(address, "/gradio_api/queue/join", body)
    assert status == 200, content
    url = f"{address}/gradio_api/queue/data?session_hash={page}"
    with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


def outcome(address: str, number: int, data: list[Any], page: str, event: Any = None) -> list[Any]:
    """The last of it."""
    (last,) = [one for one in events(address, number, data, page, event) if one["msg"] == "process_completed"]
    assert last["success"], last
    return last["output"]["data"]


def bubbles(output: list[Any]) -> list[str]:
    """The messages that the page is told to show."""
    return [one["content"][0]["text"] for one in output[0]["value"]]

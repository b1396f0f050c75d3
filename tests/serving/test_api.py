"""The API over real HTTP, with somebody who shouts everything back."""

import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from doppel.errors import ModelError
from doppel.serving.asked import Piece, Remembered, Told
from doppel.serving.refusal import RefusedError
from tests.serving.running import KEY, LIMIT_SECONDS, Shouting, running

CHAT = "/v1/chat/completions"
HELLO = {"model": "Ada", "messages": [{"role": "user", "content": "hello there"}]}


@pytest.fixture(scope="module")
def shouting() -> Shouting:
    return Shouting()


@pytest.fixture(scope="module")
def address(shouting: Shouting) -> Iterator[str]:
    with running(shouting, max_body_kilobytes=4, max_messages=20, max_characters=500) as url:
        yield url


def send(address: str, path: str, body: Any = None, method: str | None = None, **headers: str) -> tuple[int, Any, Any]:
    """(status, headers, content): JSON where it is JSON."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=LIMIT_SECONDS)
    words = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        connection.request(method or ("GET" if body is None else "POST"), path, data, words)
        response = connection.getresponse()
        content = response.read().decode()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, response.headers, json.loads(content) if is_json else content
    finally:
        connection.close()


def refused(address: str, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
    """(status, what is told) of a request that must be refused, in OpenAI's shape."""
    status, _, content = send(address, path, body, **more)
    assert set(content) == {"error"}
    assert set(content["error"]) == {"message", "type", "param", "code"}
    return status, content["error"]


def chat(**changes: Any) -> dict[str, Any]:
    return {**HELLO, **changes}


def said(*messages: dict[str, Any]) -> dict[str, Any]:
    return chat(messages=list(messages))


def test_a_reply_has_openai_s_shape(address: str) -> None:
    status, headers, content = send(address, CHAT, HELLO)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers
    assert content.pop("id").startswith("chatcmpl-")
    assert abs(content.pop("created") - time.time()) < LIMIT_SECONDS
    assert content == {
        "object": "chat.completion",
        "model": "Ada",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "HELLO THERE", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
    }


def events_of(content: str) -> list[Any]:
    assert content.endswith("data: [DONE]\n\n")
    return [json.loads(one.removeprefix("data: ")) for one in content.split("\n\n")[:-2]]


def test_a_stream_is_events_in_openai_s_shape(address: str) -> None:
    asked = chat(stream=True, stream_options={"include_usage": True})
    status, headers, content = send(address, CHAT, asked)
    assert (status, headers.get_content_type()) == (200, "text/event-stream")
    *chunks, last = events_of(content)
    assert {(one["id"], one["object"], one["model"]) for one in [*chunks, last]} == {
        (last["id"], "chat.completion.chunk", "Ada")
    }
    assert [one["choices"][0]["delta"] for one in chunks] == [
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "HELLO"},
        {"content": " THERE"},
        {},
    ]
    assert [one["choices"][0]["finish_reason"] for one in chunks] == [None, None, None, "stop"]
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def test_memory_is_shown_to_nobody_who_has_not_switched_it_on(address: str, shouting: Shouting) -> None:
    told = Piece("HI", 7, 1, "stop", Remembered(told=("I keep geese.",), recalled=("said before: hello",)))
    shown = {"told": ["I keep geese."], "recalled": ["said before: hello"]}
    shouting.prepared = [[told], [told]]
    assert "memory" not in send(address, CHAT, chat())[2]
    assert "memory" not in str(events_of(send(address, CHAT, chat(stream=True))[2]))
    open_minded = Shouting(prepared=[[told], [told]])
    with running(open_minded, shows_memory=True) as url:
        assert send(url, CHAT, chat())[2]["memory"] == shown
        events = events_of(send(url, CHAT, chat(stream=True))[2])
        assert [one["memory"] for one in events if "memory" in one] == [shown]


def test_usage_is_streamed_only_where_it_is_asked_for(address: str) -> None:
    assert all("usage" not in one for one in events_of(send(address, CHAT, chat(stream=True))[2]))


def test_what_is_asked_for_arrives(address: str, shouting: Shouting) -> None:
    body = {
        "model": "Ada:Bob",
        "user": "Bob",
        "messages": [
            {"role": "system", "content": "be kind"},
            {"role": "assistant", "content": "morning\n\n tea? "},
            {"role": "user", "name": "Cat", "content": [{"type": "text", "text": "two\nlines"}]},
            {"role": "assistant", "content": None, "refusal": None, "tool_calls": None},
            {"role": "user", "content": "yes\r\nplease"},
        ],
        "stop": "\n",
        "max_tokens": 5,
        "max_completion_tokens": 6,
        "temperature": 1.5,
        "top_p": 0.5,
        "seed": -3,
        "n": 1,
        "frequency_penalty": 0,
        "tools": [],
        "metadata": {"mine": "x"},
        "logprobs": None,
    }
    assert send(address, CHAT, body)[0] == 200
    asked = shouting.asked[-1]
    assert (asked.model, asked.partner, asked.stops, asked.max_new_tokens) == ("Ada:Bob", "Bob", ("\n",), 6)
    assert (asked.temperature, asked.top_p, asked.seed) == (1.5, 0.5, -3)
    assert asked.told == (
        Told(is_own=True, name=None, messages=("morning", "tea?")),
        Told(is_own=False, name="Cat", messages=("two\nlines",)),
        Told(is_own=True, name=None, messages=()),
        Told(is_own=False, name=None, messages=("yes", "please")),
    )


def test_almost_no_temperature_is_none(address: str, shouting: Shouting) -> None:
    assert send(address, CHAT, chat(temperature=1e-300))[0] == 200
    assert shouting.asked[-1].temperature == 0


HALF = b'{"model": "Ada", "messages": [{"role": "user", "content": "\\ud83d"}]}'
WORDLESS = "the last message must be a user's, with words: it is answered"


@pytest.mark.parametrize(
    ("body", "param", "told"),
    [
        ({}, "model", "model: Field required"),
        (b"{", None, "the body is no JSON: Expecting property name enclosed in double quotes"),
        (b'{"\xff"}', None, "the body is no JSON in UTF-8"),
        (b'{"model": "A\xff"}', None, "the body is no JSON in UTF-8"),
        (b"[" * 3000, None, "the body is no JSON"),
        (b"9" * 4000, None, "the body must be a JSON object"),
        (b"null", None, "the body must be a JSON object"),
        ([], None, "the body must be a JSON object"),
        (b"", None, "the body must be a JSON object, sent with the header Content-Type: application/json"),
        (HALF, "messages.0.content", "half a character"),
        (chat(messages=[]), "messages", "at least 1 item"),
        (chat(messages="hi"), "messages", "messages: Input should be a valid list"),
        (said({"role": "tool", "content": "x"}), "messages.0.role", "'system', 'developer', 'user' or 'assistant'"),
        (said({"role": "user", "content": 5}), "messages.0.content", "Input should be a valid string"),
        (said({"role": "user"}), "messages", WORDLESS),
        (said({"role": "user", "content": " \n"}), "messages", WORDLESS),
        (said({"role": "assistant", "content": "x"}), "messages", WORDLESS),
        (chat(temperature=-1), "temperature", "greater than or equal to 0"),
        (chat(temperature="1"), "temperature", "valid number"),
        (b'{"model": "Ada", "messages": [], "top_p": NaN}', "messages", "at least 1 item"),
        (chat(top_p=float("nan")), "top_p", "finite number"),
        (chat(n=2), "n", "Input should be 1"),
        (chat(max_tokens=0), "max_tokens", "greater than or equal to 1"),
        (chat(max_tokens=True), "max_tokens", "valid integer"),
        (chat(stop=["a"] * 5), "stop", ""),
        (chat(stop=""), "stop", "at least 1 character"),
        (chat(seed=2**63), "seed", "less than"),
        (chat(tools=[{"type": "function"}]), None, "the parameter 'tools' is not supported here with this value"),
        (chat(logprobs=True), None, "the parameter 'logprobs' is not supported"),
        (chat(nonsense=1), None, "the parameter 'nonsense' is not supported"),
        (chat(messages=HELLO["messages"] * 21), "messages", "21 messages are too many: at most 20 are taken"),
        (said({"role": "user", "content": "x" * 501}), "messages", "501 characters are too many: at most 500"),
    ],
    ids=lambda value: None,
)
def test_bad_bodies_are_told(body: Any, param: str | None, told: str, address: str) -> None:
    status, error = refused(address, CHAT, body, method="POST")
    assert (status, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert told in error["message"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_what_a_web_page_may_send_anywhere_is_not_taken(kind: str, address: str) -> None:
    status, error = refused(address, CHAT, HELLO, Content_Type=kind)
    assert (status, error["message"].partition(",")[0]) == (400, "the body must be a JSON object")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("POST", "/v1/embeddings", 404),
        ("GET", CHAT, 405),
        ("OPTIONS", CHAT, 405),
        ("GET", "/v1/models/Bob", 404),
    ],
)
def test_other_paths_and_methods_are_told(method: str, path: str, status: int, address: str) -> None:
    assert refused(address, path, method=method, Origin="http://elsewhere.example")[0] == status


def test_a_huge_body_is_refused_before_it_is_read(address: str) -> None:
    assert refused(address, CHAT, said({"role": "user", "content": "x" * 5000}))[0] == 413
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=LIMIT_SECONDS) as wire:
        head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n"
        wire.sendall(f"{head}Content-Length: 1000000000000\r\n\r\n".encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection((place.hostname, place.port), timeout=LIMIT_SECONDS) as wire:
        chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
        wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk + b"1\r\nx\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with running(Shouting(), max_body_seconds=0.1) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=LIMIT_SECONDS) as wire:
            wire.sendall(f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nx".encode())
            assert wire.recv(100).startswith(b"HTTP/1.1 408 ")


def test_only_who_calls_it_by_a_local_name_is_answered(address: str) -> None:
    status, error = refused(address, CHAT, HELLO, Host="evil.example")
    assert (status, error["code"]) == (403, "wrong_host")
    for host in ("localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8000"):
        assert send(address, CHAT, HELLO, Host=host)[0] == 200


def test_models_health_and_metrics(address: str) -> None:
    models = send(address, "/v1/models")[2]
    assert (models["object"], [one["id"] for one in models["data"]]) == ("list", ["run", "Ada"])
    assert send(address, "/v1/models/Ada")[2] == models["data"][1]
    assert send(address, "/health")[::2] == (200, {"status": "ok"})
    status, headers, told = send(address, "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'doppel_requests_total{path="/health",status="200"} 1\n' in told
    assert "doppel_running 1\n" in told
    assert "doppel_waiting 2\n" in told


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        (ModelError("the scores are no numbers"), 500, "the scores are no numbers"),
        (RuntimeError("secret words: CUDA out of memory"), 503, "the model is out of memory"),
        (ValueError("secret words"), 500, "the model has failed: ValueError"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_of_the_model_is_told_without_words(
    fault: Exception, status: int, told: str, stream: bool, address: str, shouting: Shouting, caplog: Any
) -> None:
    caplog.set_level(logging.INFO)
    shouting.prepared.append([fault])
    code, error = refused(address, CHAT, chat(stream=stream))
    assert (code, error["type"]) == (status, "server_error")
    assert told in error["message"]
    assert "no reply: " in caplog.text
    assert "secret" not in error["message"] + caplog.text


def test_a_fault_in_the_middle_ends_the_stream_with_an_error(address: str, shouting: Shouting) -> None:
    shouting.prepared.append([Piece("wel", 7, 1, None), ModelError("no more")])
    status, _, content = send(address, CHAT, chat(stream=True))
    assert status == 200
    last = json.loads(content.split("\n\n")[-2].removeprefix("data: "))
    assert last["error"]["message"] == "no more"
    assert "[DONE]" not in content


def test_a_fault_of_the_server_is_told_without_words(address: str, shouting: Shouting, caplog: Any) -> None:
    shouting.refusal = KeyError("secret words")
    try:
        status, error = refused(address, CHAT, HELLO)
    finally:
        shouting.refusal = None
    assert (status, error["message"]) == (500, "the server has failed; its log says where")
    until(lambda: "KeyError in " in caplog.text)  # the answer goes out first
    assert "secret" not in caplog.text


def test_a_full_queue_is_told_when_to_come_again(address: str, shouting: Shouting) -> None:
    shouting.refusal = RefusedError(429, "full", code="queue_full", headers={"Retry-After": "2"})
    try:
        status, headers, content = send(address, CHAT, chat(stream=True))
    finally:
        shouting.refusal = None
    assert (status, headers["Retry-After"]) == (429, "2")
    assert content == {"error": {"message": "full", "type": "rate_limit_error", "param": None, "code": "queue_full"}}


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_who_leaves_stops_the_model(stream: bool, address: str, shouting: Shouting) -> None:
    place = urlsplit(address)
    for prepared in [[], [Piece("wel", 7, 1, None)]] if stream else [[]]:
        before = len(shouting.pending)
        shouting.prepared.append(list(prepared))  # and then nothing more comes
        body = json.dumps(chat(stream=stream)).encode()
        with socket.create_connection((place.hostname, place.port), timeout=LIMIT_SECONDS) as wire:
            head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if prepared:
                assert wire.recv(4000).startswith(b"HTTP/1.1 200 ")
            until(lambda before=before: len(shouting.pending) > before)
            assert not shouting.pending[-1].is_cancelled
        until(lambda: shouting.pending[-1].is_cancelled)


def until(condition: Any) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_a_key_is_asked_for(tmp_path: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    with running(Shouting(), key_file=str(file)) as address:
        for wrong in ({}, *({"Authorization": words} for words in (KEY, f"Basic {KEY}", "Bearer", f"Bearer {KEY}x"))):
            status, error = refused(address, CHAT, HELLO, **wrong)
            assert (status, error["type"], error["code"]) == (401, "authentication_error", "invalid_api_key")
        assert {refused(address, path)[0] for path in ("/v1/models", "/metrics", "/openapi.json", "/nothing")} == {401}
        assert send(address, "/health")[0] == 200
        assert send(address, CHAT, HELLO, Authorization=f"bearer {KEY}")[0] == 200
    assert KEY not in caplog.text


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    with running(Shouting(), requests_per_minute=2) as address:
        statuses = [send(address, "/v1/models")[0] for _ in range(2)]
        status, headers, content = send(address, "/v1/models")
        assert ([*statuses, status], headers["Retry-After"]) == ([200, 200, 429], "30")
        assert content["error"]["code"] == "rate_limit_exceeded"
        assert send(address, "/health")[0] == 200


def test_a_system_message_may_be_refused() -> None:
    with running(Shouting(), ignores_system=False) as address:
        status, error = refused(address, CHAT, said({"role": "system", "content": "be kind"}, *HELLO["messages"]))
        assert (status, error["message"]) == (400, "system messages are not taken here: leave them out")

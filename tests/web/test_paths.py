"""What the page asks for is there, and nothing else of what Gradio has."""

import pytest

from doppel.web.paths import is_known


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/theme.css"),
        ("GET", "/assets/Chatbot-a_B-1.js"),
        ("GET", "/static/js/iframeResizer.contentWindow.min.js"),
        ("GET", "/gradio_api/heartbeat/4e68p35p6m9"),
        ("GET", "/gradio_api/queue/data"),
        ("POST", "/gradio_api/queue/join"),
    ],
)
def test_the_page_is_there(method: str, path: str) -> None:
    assert is_known(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://example.com/"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/call/say"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/stream/a/1/2/playlist.m3u8"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/deep_link"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/monitoring"),
        ("POST", "/login"),
        ("GET", "/assets/../../secret"),
        ("PUT", "/"),
        ("GET", "/gradio_api/queue/join"),
    ],
)
def test_nothing_else_is(method: str, path: str) -> None:
    assert not is_known(method, path)

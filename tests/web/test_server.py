"""Who may open the page, what of Gradio is there, and that one page's words reach no other: without a browser."""

import base64
import re
from collections.abc import Iterator

import pytest

pytest.importorskip("gradio", reason="the page needs gradio: pip install 'doppel[web]'")

from tests.web.asking import asked, bubbles, events, outcome
from tests.web.fakes import Shouting
from tests.web.running import running

pytestmark = pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")  # of pandas, to Gradio
KEY = "a-key-of-more-than-sixteen"
SAY, CLEAR, LIKE, EDIT = 0, 2, 3, 4  # in the order in which the page wires them


@pytest.fixture(scope="module")
def voice() -> Shouting:
    return Shouting()


@pytest.fixture(scope="module")
def address(voice: Shouting) -> Iterator[str]:
    with running([voice], max_body_kilobytes=64, messages_per_minute=None) as found:
        yield found


def test_the_page_loads_nothing_from_elsewhere_and_may_not(address: str) -> None:
    status, headers, content = asked(address, "/")
    assert status == 200
    page = content.decode()
    assert re.findall(r"""<(?:script|link)[^>]+(?:src|href)=["'](?:https?:)?//""", page) == []
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert not re.search(r"https?:|\*", policy)
    assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "no-referrer")
    assert "Server" not in headers
    style = asked(address, "/theme.css")[2].decode()
    assert "@import" not in style
    assert re.findall(r"""url\((?!["']?data:)[^)]*""", style) == []
    assert '"analytics_enabled": false' in page.replace('":false', '": false')
    assert '"run_history": false' in page.replace('":false', '": false')


def test_a_burst_is_answered_message_by_message(address: str, voice: Shouting) -> None:
    steps = [one for one in events(address, SAY, ["hi <b>\nyou"], "steps") if one["msg"].startswith("process_")]
    assert [one["msg"] for one in steps[:2]] == ["process_starts", "process_generating"]
    last = steps[-1]["output"]["data"]
    assert bubbles(last) == ["hi <\u2060b>", "you", "HI <\u2060B>", "YOU"]
    assert last[2] == "&nbsp;"


def test_a_reply_is_judged_and_mended_by_its_place(address: str, voice: Shouting) -> None:
    outcome(address, SAY, ["hi"], "judge")
    voice.kept.clear()
    shown = outcome(address, LIKE, [], "judge", {"index": 1, "value": ["HI"], "liked": True})
    assert shown[0]["feedback_value"] == ["Like"]
    shown = outcome(address, EDIT, [], "judge", {"index": 1, "value": "hey\nyou\n", "previous_value": "HI"})
    assert bubbles(shown) == ["hi", "hey", "you"]
    assert [(one.kind, one.rating, one.better) for one in voice.kept.values()] == [
        ("thumb", 1, None),
        ("edit", -1, ("hey", "you")),
    ]
    shown = outcome(address, LIKE, [], "judge", {"index": 2, "value": "", "liked": ""})  # taken back
    assert [one.kind for one in voice.kept.values()] == ["edit"]
    for index in (0, 9, -1, "x", None):
        outcome(address, LIKE, [], "judge", {"index": index, "value": "", "liked": True})
    assert len(voice.kept) == 1


def test_one_page_s_words_reach_no_other(address: str) -> None:
    outcome(address, SAY, ["my secret"], "one")
    assert bubbles(outcome(address, SAY, ["hello"], "two")) == ["hello", "HELLO"]
    assert bubbles(outcome(address, CLEAR, [], "two")) == []
    assert bubbles(outcome(address, SAY, ["more"], "one")) == ["my secret", "MY SECRET", "more", "MORE"]


def test_what_is_too_long_stays_where_it_was_typed(address: str) -> None:
    shown = outcome(address, SAY, ["x" * 2001], "long")
    assert "that is 2,001 characters, and at most 2,000 are read at once" in shown[2]
    assert bubbles(shown) == []
    assert shown[4] == {"__type__": "update"}  # the words that were typed are left as they are


def test_who_writes_too_much_is_told_to_wait() -> None:
    with running([Shouting()], messages_per_minute=1) as address:
        assert bubbles(outcome(address, SAY, ["one"], "a")) == ["one", "ONE"]
        assert "that was a lot at once: the next message in" in outcome(address, SAY, ["two"], "b")[2]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://example.com/x"),
        ("POST", "/gradio_api/run/say"),
        ("POST", "/gradio_api/call/say"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/monitoring"),
    ],
)
def test_uploads_files_and_proxies_are_not_there(method: str, path: str, address: str) -> None:
    status, _, content = asked(address, path, {} if method == "POST" else None, method)
    assert (status, b"there is nothing here" in content) == (404, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.com"}, 403),
        ({"Origin": "http://example.com"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_pages_of_other_sites_may_not_ask(headers: dict[str, str], status: int, address: str) -> None:
    found, told_headers, _ = asked(address, "/", **headers)
    assert found == status
    assert "Access-Control-Allow-Origin" not in told_headers


def test_its_own_page_may(address: str) -> None:
    status, headers, _ = asked(address, "/", Origin=address)
    assert status == 200
    assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_a_huge_body_is_not_taken(address: str) -> None:
    assert asked(address, "/gradio_api/queue/join", {"data": ["x" * 70_000]})[0] == 413


def test_broken_bodies_are_refused(address: str) -> None:
    for body in ({}, [], {"fn_index": 0}, {"data": 5}):
        assert asked(address, "/gradio_api/queue/join", body)[0] in (400, 404, 422), body


def basic(words: str) -> str:
    return "Basic " + base64.b64encode(words.encode()).decode()


def test_a_key_is_asked_for_before_anything_is_shown() -> None:
    with running([Shouting()], key=KEY) as address:
        status, headers, content = asked(address, "/")
        assert (status, headers["WWW-Authenticate"]) == (401, 'Basic realm="doppel", charset="UTF-8"')
        assert b"Ada" not in content
        for wrong in (basic("me:wrong"), basic(KEY), "Basic !!", "Basic", "Bearer x", ""):
            assert asked(address, "/", Authorization=wrong)[0] == 401
        assert asked(address, "/assets/x.js")[0] == 401
        for right in (basic(f"me:{KEY}"), basic(f":{KEY}"), f"Bearer {KEY}"):
            assert asked(address, "/", Authorization=right)[0] == 200

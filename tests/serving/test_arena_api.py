"""The arena's page over real HTTP, with a game of one moment a judge."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from doppel.serving.arena_api import make_app
from tests.serving.running import KEY, LIMIT_SECONDS, served, settings

FILES = {"index.html": "<p>the page</p>", "arena.js": "let it;", "arena.css": "p {}"}
GUESS = {"judge": "Ann", "place": 0, "side": "left", "seconds": 1.5}


class OneMoment:
    """Keeps what was guessed."""

    def __init__(self) -> None:
        self.guesses: list[tuple[Any, ...]] = []

    def about(self) -> dict[str, Any]:
        return {"persona": "Ада", "is_about_real": True, "moments": 1}

    def judge(self, name: str, most: int) -> str | None:
        known = {one[0] for one in self.guesses}
        return name if name in known or len(known) < most else None

    def moment(self, judge: str) -> dict[str, Any]:
        return {"judge": judge, "place": None if any(one[0] == judge for one in self.guesses) else 0}

    def guess(self, judge: str, place: int, side: str | None, seconds: float) -> bool:
        if place:
            return False
        self.guesses.append((judge, place, side, seconds))
        return True

    def results(self) -> dict[str, Any]:
        if self.guesses == ["broken"]:
            raise RuntimeError("words of a chat")
        return {"overall": None}


@contextmanager
def playing(game: Any, **changes: Any) -> Iterator[httpx.Client]:
    chosen = settings("arena", **changes)
    with (
        served(make_app(game, chosen, FILES), chosen) as address,
        httpx.Client(base_url=address, timeout=LIMIT_SECONDS, trust_env=False) as client,
    ):
        yield client


def test_the_page_and_what_it_asks_for() -> None:
    game = OneMoment()
    with playing(game) as client:
        page = client.get("/")
        assert (page.text, page.headers["content-type"]) == (FILES["index.html"], "text/html; charset=utf-8")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert client.get("/arena.js").headers["content-type"] == "text/javascript; charset=utf-8"
        assert client.get("/api/game").json()["persona"] == "Ада"
        assert client.post("/api/moment", json={"judge": "  Ann \t B "}).json() == {"judge": "Ann B", "place": 0}
        assert client.post("/api/guess", json=GUESS).json() == {"judge": "Ann", "place": None}
        assert game.guesses == [("Ann", 0, "left", 1.5)]
        assert client.get("/api/results").headers["cache-control"] == "no-store"
        told = client.get("/nothing")
        assert (told.status_code, told.json()["error"]["message"]) == (404, "there is nothing here: the page is at /")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"judge": " "}, "judge: a name has 1 to 40 characters"),
        ({"judge": "x" * 41}, "judge: a name has 1 to 40 characters"),
        ({"judge": "a\u202eb"}, "judge: a name has 1 to 40 characters"),
        ({"side": "middle"}, "side: Input should be 'left' or 'right'"),
        ({"seconds": -1}, "seconds: Input should be greater than or equal to 0"),
        ({"seconds": 1e9}, "seconds: Input should be less than or equal to 86400"),
        ({"place": "x"}, "place: Input should be a valid integer"),
        ({"place": 1}, "there is no such moment, or no such answer to it: load the page again"),
    ],
)
def test_what_is_no_guess_is_refused(changes: dict[str, Any], told: str) -> None:
    game = OneMoment()
    with playing(game) as client:
        answer = client.post("/api/guess", json={**GUESS, **changes})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith(told)
    assert game.guesses == []


def test_one_judge_too_many_is_told() -> None:
    with playing(OneMoment(), max_judges=1) as client:
        assert client.post("/api/guess", json=GUESS).status_code == 200
        answer = client.post("/api/moment", json={"judge": "Ben"})
        assert answer.status_code == 403
        assert "serving.max_judges lets more in" in answer.text


def test_a_form_of_another_site_cannot_guess() -> None:
    """A browser asks before it sends JSON to another site, and not before it sends text."""
    game = OneMoment()
    with playing(game) as client:
        text = client.post("/api/guess", content=httpx.Request("POST", "/", json=GUESS).content,
                           headers={"Content-Type": "text/plain"})  # fmt: skip
        assert text.status_code == 400
        assert client.get("/api/game", headers={"Host": "evil.example"}).status_code == 403
    assert game.guesses == []


def test_the_page_comes_without_a_key_and_no_word_does() -> None:
    with playing(OneMoment(), key_variable="KEY_OF_TESTS") as client:
        assert client.get("/api/game").status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_OF_TESTS", KEY)
        with playing(OneMoment(), key_variable="KEY_OF_TESTS") as client:
            assert client.get("/").status_code == client.get("/arena.js").status_code == 200
            for path in ("/api/game", "/api/results"):
                assert client.get(path).status_code == 401
            assert client.post("/api/moment", json={"judge": "Ann"}).status_code == 401
            with_key = client.get("/api/game", headers={"Authorization": f"Bearer {KEY}"})
            assert with_key.status_code == 200


def test_a_fault_says_nothing_of_a_chat() -> None:
    game = OneMoment()
    game.guesses = ["broken"]  # type: ignore[list-item]
    with playing(game) as client:
        answer = client.get("/api/results")
        assert answer.status_code == 500
        assert "words of a chat" not in answer.text

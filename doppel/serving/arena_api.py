"""The routes of the arena: a page, and what it asks for. Whoever guesses is told nothing of which reply is whose."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from doppel.serving.api import NO_TELEMETRY, failed, refused
from doppel.serving.guard import Guard
from doppel.serving.metrics import Metrics
from doppel.serving.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.serving.arena import Arena

LONGEST_NAME = 40  # characters
LONGEST_THOUGHT = 86_400.0  # seconds: a page left open for longer was not being read
# Nothing is loaded from elsewhere and nobody may frame the page: what it shows is other people's.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
POLICY += "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


class Game(Protocol):
    """What is played."""

    def about(self) -> dict[str, Any]:
        """What is asked."""
        ...

    def judge(self, name: str, most: int) -> str | None:
        """The judge of that name; None for one more than may guess."""
        ...

    def moment(self, judge: str) -> dict[str, Any]:
        """What they see next."""
        ...

    def guess(self, judge: str, place: int, side: Literal["left", "right"] | None, seconds: float) -> bool:
        """Whether there is such a moment to guess at."""
        ...

    def results(self) -> dict[str, Any]:
        """How it stands."""
        ...


def _named(name: str) -> str:
    """The name without needless blanks. Raises: ValueError."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters")
    return name


class Judging(BaseModel):
    """Who asks for their next moment."""

    judge: Annotated[str, AfterValidator(_named)]


class Guessing(Judging):
    """What they chose."""

    place: int
    side: Literal["left", "right"] | None
    seconds: Annotated[float, Field(ge=0, le=LONGEST_THOUGHT, allow_inf_nan=False)]


def make_app(game: Game, settings: Arena, files: Mapping[str, str]) -> Guard:
    """The page around a game, behind its guard. `files`: the page's own by name; index.html stands at /."""
    app = FastAPI(title="doppel arena", docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)  # type: ignore[arg-type]
    paths = {"/" if name == "index.html" else f"/{name}": name for name in files}
    for path, name in paths.items():
        app.get(path)(_file(files[name], MEDIA_TYPES[name.rpartition(".")[2]]))
    routes = Routes(game, settings.max_judges)
    app.get("/api/game")(routes.about)
    app.post("/api/moment")(routes.moment)
    app.post("/api/guess")(routes.guess)
    app.get("/api/results")(routes.results)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unrouted)
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(Exception, failed)
    known = (*paths, "/api/game", "/api/moment", "/api/guess", "/api/results")
    # The page itself holds no word of anybody's: it is what asks for the key.
    return Guard(app, settings.limits(), Metrics().requests, open_paths=paths, known_paths=known)


class Routes:
    """What each path answers."""

    def __init__(self, game: Game, max_judges: int) -> None:
        self._game, self._max_judges = game, max_judges

    def about(self) -> Response:
        """What is asked."""
        return JSONResponse(self._game.about(), headers=HEADERS)

    def moment(self, body: Judging) -> Response:
        """What a judge sees next."""
        return JSONResponse(self._game.moment(self._judge(body.judge)), headers=HEADERS)

    def guess(self, body: Guessing) -> Response:
        """Stores a guess, and then what the judge sees next."""
        judge = self._judge(body.judge)
        if not self._game.guess(judge, body.place, body.side, body.seconds):
            raise RefusedError(400, "there is no such moment, or no such answer to it: load the page again")
        return JSONResponse(self._game.moment(judge), headers=HEADERS)

    def results(self) -> Response:
        """How it stands."""
        return JSONResponse(self._game.results(), headers=HEADERS)

    def _judge(self, name: str) -> str:
        judge = self._game.judge(name, self._max_judges)
        if judge is None:
            told = f"{self._max_judges} people have guessed already: serving.max_judges lets more in"
            raise RefusedError(403, told)
        return judge


def _file(text: str, media_type: str) -> Any:
    async def whole() -> Response:
        return Response(text, media_type=media_type, headers=HEADERS)

    return whole


async def invalid(_request: Request, fault: Any) -> Response:
    """The first thing that is wrong with a body, without the body."""
    first = fault.errors()[0]
    place = str(first["loc"][-1])
    reason = first["msg"].removeprefix("Value error, ")
    return RefusedError(400, f"{place}: {reason}" if place in Guessing.model_fields else reason).response()


async def unrouted(_request: Request, fault: Any) -> Response:
    """What is no path, or no method of it."""
    return RefusedError(fault.status_code, "there is nothing here: the page is at /", headers=fault.headers).response()

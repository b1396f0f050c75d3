"""The routes: OpenAI's chat completions and models, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from doppel.serving.completion import DONE, Completion, Model, Models, Shape, event
from doppel.serving.guard import FAILED, Guard
from doppel.serving.listening import Listening, Stream, unless_gone
from doppel.serving.metrics import MEDIA_TYPE, Metrics
from doppel.serving.refusal import ErrorBody, RefusedError
from doppel.serving.request import ChatRequest

if TYPE_CHECKING:
    from doppel.serving.asked import Talker
    from doppel.serving.openai import OpenAI

REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "refused: what is wrong, and what would be right"},
    "5XX": {"model": ErrorBody, "description": "the model has failed, or is out of memory"},
}
HIDDEN: dict[bool, set[str]] = {False: {"memory"}, True: set()}  # no other server's replies have that field
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "the reply, whole or with stream=true in chunks"}
}
OPEN_PATHS = ("/health",)  # asked by supervisors, who have no key
KNOWN_PATHS = ("/v1/chat/completions", "/v1/models", "/health", "/metrics", "/openapi.json")
# FastAPI can send requests to an OpenTelemetry server that the environment names: chats stay here.
NO_TELEMETRY = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)


def make_app(talker: Talker, settings: OpenAI) -> Guard:
    """The API around a talker, behind its guard."""
    # Without the pages of /docs, whose scripts come from elsewhere.
    app = FastAPI(title="doppel", docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY)  # type: ignore[arg-type]
    routes = Routes(talker, settings)
    app.post("/v1/chat/completions", response_model=Completion, responses=REFUSALS | STREAMED)(routes.complete)
    app.get("/v1/models", response_model=Models, responses=REFUSALS)(routes.models)
    app.get("/v1/models/{name:path}", response_model=Model, responses=REFUSALS)(routes.model)
    app.get("/health", responses=REFUSALS)(health)
    app.get("/metrics", response_class=PlainTextResponse, responses=REFUSALS)(routes.metrics_text)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unrouted)
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(Exception, failed)  # and then it goes on to the guard
    limits, requests = settings.limits(), routes.metrics.requests
    return Guard(app, limits, requests, open_paths=OPEN_PATHS, known_paths=KNOWN_PATHS)


class Routes:
    """What each path answers."""

    def __init__(self, talker: Talker, settings: OpenAI) -> None:
        self.talker = talker
        self.settings = settings
        self.metrics = Metrics()

    async def complete(self, request: Request, body: ChatRequest) -> Response:
        """The next turn of a conversation, as the model of whom the run has learnt says it.

        A burst is several lines. A known contact may be named by `user`, by a message's `name` or as `MODEL:CONTACT`.
        """
        settings = self.settings
        asked = body.asked(
            max_messages=settings.max_messages,
            max_characters=settings.max_characters,
            ignores_system=settings.ignores_system,
        )
        shape = Shape(body.model, shows_memory=settings.shows_memory)
        listening = Listening(self.talker, asked, self.metrics)
        is_handed_on = False
        try:
            if not body.stream:
                text = await unless_gone(request.receive, listening.whole())
                assert listening.last is not None
                return JSONResponse(shape.whole(text, listening.last).model_dump(exclude=HIDDEN[settings.shows_memory]))
            # Once a stream has begun, its status cannot tell a fault any more: the model speaks first.
            await unless_gone(request.receive, listening.piece())
            tells_usage = body.stream_options is not None and bool(body.stream_options.include_usage)
            is_handed_on = True
            return Stream(events(listening, shape, tells_usage=tells_usage), listening.close)
        finally:
            if not is_handed_on:
                listening.close()

    async def models(self) -> Models:
        """Whom one can talk to: the run by its own name, and every persona."""
        return Models(data=[self._model(name) for name in self.talker.models()])

    async def model(self, name: str) -> Model:
        """One of them."""
        if name not in self.talker.models():
            raise RefusedError(404, f"there is no model {name!r} here", code="model_not_found", param="model")
        return self._model(name)

    async def metrics_text(self) -> PlainTextResponse:
        """What the server has done, for Prometheus."""
        return PlainTextResponse(self.metrics.text(*self.talker.load()), media_type=MEDIA_TYPE)

    def _model(self, name: str) -> Model:
        return Model(id=name, created=int(self.metrics.started))


async def health() -> dict[str, str]:
    """That the server is there."""
    return {"status": "ok"}


async def events(listening: Listening, shape: Shape, *, tells_usage: bool) -> AsyncIterator[str]:
    """The events of a stream whose first piece has been heard."""
    piece = listening.last
    assert piece is not None
    yield shape.opening()
    try:
        yield shape.piece(piece)
        while not listening.is_over:
            piece = await listening.piece()
            yield shape.piece(piece)
    except RefusedError as refusal:
        yield event(refusal.body())
        return
    if tells_usage:
        yield shape.usage(piece)
    yield DONE


async def invalid(_request: Request, fault: Any) -> Response:
    """The first thing that is wrong with a body, without the body."""
    first = fault.errors()[0]
    # Of the place without what pydantic adds: "body", and the names of a union's members.
    place = [str(part) for part in first["loc"] if str(part).isalnum() or str(part) in ChatRequest.model_fields]
    place = [part for part in place if part not in ("body", "str")]
    if first["type"] == "json_invalid":
        return RefusedError(400, f"the body is no JSON: {first['ctx']['error']}").response()
    if not place and first["type"] in ("missing", "model_attributes_type", "model_type", "dataclass_type"):
        told = "the body must be a JSON object, sent with the header Content-Type: application/json"
        return RefusedError(400, told).response()
    param = ".".join(place) or None
    reason = first["msg"].removeprefix("Value error, ")
    return RefusedError(400, f"{param}: {reason}" if param else reason, param=param).response()


async def unrouted(_request: Request, fault: Any) -> Response:
    """What is no path, no method of it, or no text."""
    told = {
        404: "there is nothing here: accepted are POST /v1/chat/completions, GET /v1/models, /health and /metrics",
        405: "this path does not take the method",
        400: "the body is no JSON in UTF-8",
    }
    return RefusedError(
        fault.status_code, told.get(fault.status_code, str(fault.detail)), headers=fault.headers
    ).response()


async def refused(_request: Request, fault: Any) -> Response:
    """What a route refuses."""
    return fault.response()


async def failed(_request: Request, _fault: Exception) -> Response:
    """A fault of the server itself."""
    return FAILED.response()

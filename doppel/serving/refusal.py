"""What a client is told instead of a reply, in OpenAI's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

Fault = Literal["invalid_request_error", "authentication_error", "rate_limit_error", "server_error"]
FAULTS: dict[int, Fault] = {401: "authentication_error", 429: "rate_limit_error"}
LOWEST_SERVER_STATUS = 500


class RefusedError(Exception):
    """Why a request gets no reply, and what would."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, dict[str, str | None]]:
        """As OpenAI's clients read it."""
        is_server = self.status >= LOWEST_SERVER_STATUS
        fault = "server_error" if is_server else FAULTS.get(self.status, "invalid_request_error")
        return {"error": {"message": self.message, "type": fault, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """The same over HTTP."""
        return JSONResponse(self.body(), self.status, headers=self.headers)


class ErrorDetail(BaseModel):
    """What is wrong."""

    message: str
    type: Fault
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """A refusal, for the description of the API."""

    error: ErrorDetail

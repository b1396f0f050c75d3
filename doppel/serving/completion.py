"""Replies in OpenAI's shape, whole and in chunks."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from doppel.serving.asked import Piece

DONE = "data: [DONE]\n\n"


class Said(BaseModel):
    """The reply: the messages of the burst, a line each."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    """The one reply."""

    index: Literal[0] = 0
    message: Said
    logprobs: None = None
    finish_reason: Literal["stop", "length"]


class Usage(BaseModel):
    """Tokens that the model has read and written, markers of the markup among them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Memory(BaseModel):
    """What stood in the prompt beside the conversation: no field of OpenAI's, there where serving.shows_memory is."""

    told: list[str]
    recalled: list[str]


class Completion(BaseModel):
    """What answers a request that does not stream."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    memory: Memory | None = None


class Model(BaseModel):
    """Somebody to talk to."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["doppel"] = "doppel"


class Models(BaseModel):
    """Everybody to talk to."""

    object: Literal["list"] = "list"
    data: list[Model]


def usage(last: Piece) -> Usage:
    """The tokens of a reply, of which this is the last piece."""
    return Usage(
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.tokens,
        total_tokens=last.prompt_tokens + last.tokens,
    )


class Shape:
    """One reply's name and time, the same in all of its chunks."""

    def __init__(self, model: str, *, shows_memory: bool) -> None:
        self.model = model
        self.shows_memory = shows_memory
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self.created = int(time.time())

    def whole(self, text: str, last: Piece) -> Completion:
        """The reply in one."""
        choice = Choice(message=Said(content=text), finish_reason=last.end or "stop")
        head = {"id": self.id, "created": self.created, "model": self.model}
        return Completion(**head, choices=[choice], usage=usage(last), memory=self._memory(last))

    def opening(self) -> str:
        """The first event of a stream."""
        return self._choice({"role": "assistant", "content": "", "refusal": None}, None)

    def piece(self, piece: Piece) -> str:
        """The events of a piece: its words, and the end."""
        words = self._choice({"content": piece.text}, None) if piece.text else ""
        return words + (self._end(piece) if piece.end else "")

    def usage(self, last: Piece) -> str:
        """The event that tells the tokens."""
        return self._event([], usage=usage(last).model_dump())

    def _memory(self, last: Piece) -> Memory | None:
        if not self.shows_memory:
            return None
        return Memory(told=list(last.remembered.told), recalled=list(last.remembered.recalled))

    def _end(self, last: Piece) -> str:
        memory = self._memory(last)
        return self._choice({}, last.end, **({"memory": memory.model_dump()} if memory else {}))

    def _choice(self, delta: dict[str, Any], end: str | None, **more: Any) -> str:
        return self._event([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}], **more)

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> str:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}
        return event({**head, "choices": choices, **more})


def event(content: dict[str, Any]) -> str:
    """A server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"

"""The body of POST /v1/chat/completions, as OpenAI describes it, and what of it can be had here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from doppel.serving.asked import Asked, Told
from doppel.serving.refusal import RefusedError

# Said by clients out of habit; nothing here would be another one for it.
IGNORED = (
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "store",
    "verbosity",
)
# What these ask for cannot be had; their defaults ask for nothing.
ONLY_DEFAULT: dict[str, tuple[Any, ...]] = {
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "prediction": (),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "top_logprobs": (0,),
    "web_search_options": (),
}
COLDEST = 0.01  # below it the likeliest token is taken: dividing by less overflows


def _encodable(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it holds half a character (a lone surrogate)")
    return text


Text = Annotated[str, AfterValidator(_encodable)]
Name = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_encodable)]
Stop = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_encodable)]


class Strict(BaseModel):
    """Numbers are numbers and no words, as OpenAI has it; NaN is none."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Part(Strict):
    """One message of a burst, whole."""

    type: Literal["text"]
    text: Text


class Message(Strict):
    """Something said: of a text every line is a message, of a list of parts every part."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[Part] | None = None
    name: Name | None = None

    def messages(self) -> tuple[str, ...]:
        """The burst, without what is blank."""
        if self.content is None:
            return ()
        if isinstance(self.content, str):
            return tuple(line for line in map(str.strip, self.content.splitlines()) if line)
        return tuple(part.text for part in self.content if part.text.strip())

    def characters(self) -> int:
        """Its length."""
        if isinstance(self.content, list):
            return sum(len(part.text) for part in self.content)
        return len(self.content or "")


class StreamOptions(Strict):
    """What a stream tells beside the words."""

    include_usage: bool | None = None


class ChatRequest(Strict):
    """A conversation whose next turn is wanted."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="allow")

    model: Name
    messages: Annotated[list[Message], Field(min_length=1)]
    user: Annotated[Text, Field(max_length=256)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None

    @model_validator(mode="after")
    def refuse_what_cannot_be_had(self) -> Self:
        """Itself. Raises: ValueError for a parameter that would have no effect."""
        for name, value in (self.model_extra or {}).items():
            if name in IGNORED or (name in ONLY_DEFAULT and (value is None or value in ONLY_DEFAULT[name])):
                continue
            raise ValueError(f"the parameter {name[:64]!r} is not supported here with this value: leave it out")
        return self

    def asked(self, *, max_messages: int, max_characters: int, ignores_system: bool) -> Asked:
        """What is asked for. Raises: RefusedError for a conversation that is too long or cannot be answered."""
        self._require_size(max_messages, max_characters)
        spoken = [one for one in self.messages if one.role in ("user", "assistant")]
        if len(spoken) < len(self.messages) and not ignores_system:
            raise RefusedError(400, "system messages are not taken here: leave them out", param="messages")
        if spoken and (spoken[-1].role == "assistant" or not spoken[-1].messages()):
            raise RefusedError(400, "the last message must be a user's, with words: it is answered", param="messages")
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Asked(
            model=self.model,
            partner=self.user,
            told=tuple(Told(one.role == "assistant", one.name, one.messages()) for one in spoken),
            stops=tuple(stops),
            temperature=0 if self.temperature is not None and self.temperature < COLDEST else self.temperature,
            top_p=self.top_p,
            max_new_tokens=self.max_completion_tokens or self.max_tokens,
            seed=self.seed,
        )

    def _require_size(self, max_messages: int, max_characters: int) -> None:
        if len(self.messages) > max_messages:
            told = f"{len(self.messages)} messages are too many: at most {max_messages} are taken, send the newest"
            raise RefusedError(400, told, param="messages", code="context_length_exceeded")
        if (characters := sum(one.characters() for one in self.messages)) > max_characters:
            told = f"{characters} characters are too many: at most {max_characters} are taken, send the newest messages"
            raise RefusedError(400, told, param="messages", code="context_length_exceeded")

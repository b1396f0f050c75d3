"""The settings of the page: conf/web/gradio.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import NonNegativeInt, PositiveFloat, PositiveInt

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradio:
    """Where the page is, who may open it, and how much. Raises: ConfigError."""

    host: str
    port: NonNegativeInt
    key_file: str | None
    key_variable: str | None
    requests_per_minute: PositiveInt | None
    messages_per_minute: PositiveInt | None
    max_waiting: PositiveInt
    max_connections: PositiveInt
    max_body_kilobytes: PositiveInt
    max_body_seconds: PositiveFloat
    max_characters: PositiveInt
    max_messages: PositiveInt
    max_conversations: PositiveInt
    disclosure: str
    drain_seconds: PositiveInt

    def __post_init__(self) -> None:
        if self.port > HIGHEST_PORT:
            raise ConfigError(f"web.port={self.port} is refused: the highest port is {HIGHEST_PORT}")
        try:
            told = self.disclosure.format(name="")
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError("web.disclosure is refused: {name} is all that may stand in braces") from error
        if not told.strip():
            raise ConfigError("web.disclosure is refused: it must tell that a model speaks")

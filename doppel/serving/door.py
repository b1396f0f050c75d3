"""Where a server listens, who may come in, and how much at once: what all settings of this group begin with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.serving.key import key_for
from doppel.serving.limits import Limits

if TYPE_CHECKING:
    from doppel.types import NonNegativeInt, PositiveFloat, PositiveInt

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Open to this machine alone, or to whoever has the key. Raises: ConfigError."""

    host: str
    port: NonNegativeInt
    key_file: str | None
    key_variable: str | None
    requests_per_minute: PositiveInt | None
    max_connections: PositiveInt
    max_body_kilobytes: PositiveInt
    max_body_seconds: PositiveFloat
    drain_seconds: PositiveInt

    def __post_init__(self) -> None:
        if self.port > HIGHEST_PORT:
            raise ConfigError(f"serving.port={self.port} is refused: the highest port is {HIGHEST_PORT}")
        self.limits()

    def limits(self) -> Limits:
        """What a request must keep to. Raises: ConfigError, where there is no key and must be one as well."""
        key = key_for(self.host, self.key_file, self.key_variable, os.environ, "serving")
        return Limits(self.host, key, self.requests_per_minute, self.max_body_kilobytes, self.max_body_seconds)

"""Where a server listens, who may come in, and how much at once: what all settings of this group begin with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.loopback import is_loopback
from doppel.serving.key import ADVICE, read_key

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
        if not is_loopback(self.host) and self.key() is None:
            raise ConfigError(
                f"serving.host={self.host} can be reached from elsewhere, which needs a key: put one into a file and "
                f"type serving.key_file=FILE, or into the environment variable {self.key_variable}; {ADVICE}"
            )

    def key(self) -> str | None:
        """The key that clients must bring, None where they need none. Raises: ConfigError."""
        return read_key(self.key_file, self.key_variable, os.environ)

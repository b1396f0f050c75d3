"""One process on one device."""

from __future__ import annotations

from doppel.errors import ConfigError
from doppel.types import PositiveInt


def single(*, devices: PositiveInt) -> str:
    """The name of Lightning's own strategy for one device. Raises: ConfigError for more devices."""
    if devices != 1:
        raise ConfigError(f"strategy=single runs on 1 device, not {devices}: type strategy=ddp")
    return "auto"

"""The fault of a sweep's command line."""

from __future__ import annotations

from hydra.errors import ConfigCompositionException

from doppel.errors import ConfigError


class SweepError(ConfigError, ConfigCompositionException):
    """The sweep cannot start as typed. It is one of Hydra's exceptions too: those are shown as their text alone."""

"""The least: what opens something is removed, and nothing else is changed."""

from __future__ import annotations

from doppel.privacy.disguise import Disguises
from doppel.privacy.stage import Privacy, find_secrets


def secrets() -> Privacy:
    """The stage."""
    return Privacy([find_secrets], Disguises(()), None)

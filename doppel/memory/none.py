"""Nothing beside the conversation."""

from __future__ import annotations


class NoMemory:
    """Leaves every prompt as it is."""

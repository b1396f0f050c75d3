"""As fast as the model is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class AtOnce:
    """Waits for nothing."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        """`facts`: what the preparation has counted; no time of it is needed."""

    def answers(self, messages: Sequence[str]) -> bool:  # noqa: ARG002
        """Everything is answered."""
        return True

    def reply_seconds(self) -> float:
        """From the other's last word to the beginning of the reply."""
        return 0.0

    def pause_seconds(self) -> float:
        """From one message of a burst to the next."""
        return 0.0

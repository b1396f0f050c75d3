"""Every reply as the model was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.steering.steer import Steer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Turn


class NoSteering:
    """Changes nothing."""

    def __call__(self, turns: Sequence[Turn], speaker_id: str) -> Steer:  # noqa: ARG002 (the same for all)
        """Nothing."""
        return Steer()

"""Nothing is planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Persona, Sample


class NoCanaries:
    """The training samples as they are."""

    def __call__(self, persona: Persona, last: Sample) -> Sequence[Sample]:  # noqa: ARG002
        """No sample."""
        return ()

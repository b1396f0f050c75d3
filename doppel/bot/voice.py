"""What the bot needs of whoever speaks through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from doppel.memory.feedback import Kind
    from doppel.memory.history import Conversation, Kept
    from doppel.memory.replies import Given


class Voice(Protocol):
    """A run as somebody to talk with."""

    @property
    def run_name(self) -> str:
        """Which run it is."""
        ...

    @property
    def may_be_silent(self) -> bool:
        """Whether saying nothing is an answer."""
        ...

    def contact(self, user_id: int) -> str | None:
        """The speaker_id by which the model knows this user."""
        ...

    def speaker(self, conversation: Conversation) -> tuple[str, str]:
        """The speaker_id and the name of who answers there."""
        ...

    def personas(self) -> list[str]:
        """The names of all whom the model was trained to be."""
        ...

    def find(self, name: str, *, is_anybody: bool) -> str:
        """The speaker_id of a persona, or of anybody whom the model knows. Raises: DataError."""
        ...

    async def reply(self, conversation: Conversation, waiting: Sequence[Kept]) -> tuple[str, ...]:
        """The burst that answers; () where nothing is said. Raises: DoppelError, and what generation raises."""
        ...

    def judge(
        self,
        conversation: Conversation,
        given: Given,
        kind: Kind,
        rating: Literal[-1, 1],
        *,
        by: int | None,
        better: tuple[str, ...] | None,
    ) -> None:
        """Keeps what somebody thinks of a reply, with what it answered."""
        ...

"""What is left to do once an update and what came of it are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiogram.methods import TelegramMethod

    from doppel.memory.history import Conversation


@dataclass(slots=True)
class Outcome:
    """Chats that have work, and requests that nothing depends on."""

    woken: dict[int, Conversation] = field(default_factory=dict)
    requests: list[TelegramMethod[Any]] = field(default_factory=list)
    erases: bool = False  # something was deleted that must not be found in the file
    shows_drafts: bool = False

    def wake(self, conversation: Conversation) -> None:
        """There is something to do in this conversation."""
        self.woken[conversation.id] = conversation

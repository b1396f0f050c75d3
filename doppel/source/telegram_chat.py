"""The chats of Telegram exports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

KINDS: dict[str, ChatKind] = {
    "saved_messages": "saved",
    "replies": "service",
    "verification_codes": "service",
    "personal_chat": "personal",
    "private_chat": "personal",  # not Telegram Desktop's word: other tools write it
    "bot_chat": "bot",
    "private_group": "group",
    "private_supergroup": "group",
    "public_supergroup": "public_group",
    "group_chat": "group",  # not Telegram Desktop's word
    "private_channel": "channel",
    "public_channel": "channel",
}
# Telegram numbers these together, and a group may become public between two exports.
NUMBERED_TOGETHER = frozenset(("private_supergroup", "public_supergroup", "private_channel", "public_channel"))
ID = re.compile(r"[\w-]{1,64}", re.ASCII).fullmatch  # any other text is no id, and may be a private one


@dataclass(frozen=True, slots=True)
class Chat:
    """What a message says about its chat."""

    chat_id: str
    name: str
    kind: ChatKind
    peer: str | None  # the other one of a personal or a bot chat, as a sender_id


class Chats:
    """Makes the chats of all files that are read, so that one that comes again keeps its id."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.count = 0
        self.ids: dict[str, str] = {}  # of those that are numbered together

    def make(self, head: dict[str, Any]) -> Chat:
        """The chat whose id, type and name these are, as far as they were written."""
        self.count += 1
        kind, number, name = head.get("type"), head.get("id"), head.get("name")
        written = kind if isinstance(kind, str) and kind.isascii() and kind.isidentifier() else "unknown"
        is_number = isinstance(number, int | str) and ID(str(number)) is not None
        number = str(number) if is_number else f"#{self.count}"
        chat_id = f"{written}:{number}"
        if written in NUMBERED_TOGETHER:
            chat_id = self.ids.setdefault(number, chat_id)
        return Chat(
            chat_id=chat_id,
            name=self.ledger.name(name) if isinstance(name, str) and name else written,
            kind=KINDS.get(written, "unknown"),
            peer=f"user{number}" if is_number else None,
        )

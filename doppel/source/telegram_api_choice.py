"""Which chats are fetched and read."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.telegram_api_archive import Head

GROUPS = frozenset(("private_group", "private_supergroup", "public_supergroup"))
WORDS = {
    "personal": frozenset(("personal_chat",)),
    "saved": frozenset(("saved_messages",)),
    "groups": GROUPS,
    "channels": frozenset(("private_channel", "public_channel")),
    "bots": frozenset(("bot_chat",)),
}
WORDS["all"] = frozenset[str]().union(*WORDS.values())
WITH_CODES = frozenset((777000, 489000, 1271266957))  # Telegram itself, "Verification Codes", "Replies"


class Choice:
    """Words ("personal", "groups", ...), names of chats, @usernames and ids, in any mixture.

    Telegram's own chats, which hold login codes, are chosen by their ids alone.
    """

    def __init__(self, chats: str | list[str | int]) -> None:
        wanted = chats if isinstance(chats, list) else [chats]
        self.wanted = [str(one).casefold().removeprefix("@") for one in wanted]
        self.found: set[str] = set()
        self.names: dict[str, str] = {}  # in small letters -> as written

    def takes(self, head: Head) -> bool:
        """Whether a chat is among them."""
        own = {str(head.id)}
        if head.id not in WITH_CODES:
            own |= {name.casefold() for name in (head.name, head.username) if name}
            own |= {word for word, types in WORDS.items() if head.type in types}
        if head.name:
            self.names[head.name.casefold()] = head.name
        hits = own.intersection(self.wanted)
        self.found |= hits
        return bool(hits)

    def check(self) -> None:
        """Raises: DataError for a name that no chat had."""
        for one in self.wanted:
            if one not in self.found and one not in WORDS:
                near = [self.names[name] for name in difflib.get_close_matches(one, sorted(self.names), n=3)]
                told = f" Did you mean {' or '.join(near)}?" if near else ""
                words = ", ".join(WORDS)
                raise DataError(
                    f"source.chats: no chat is called {one!r}.{told} Accepted are names of chats, @usernames, ids and "
                    f"the words {words}: source.chats=personal or source.chats=[personal,'Name of a group']"
                )


def start_of(since: str | None) -> datetime | None:
    """The beginning of the day that `since` names, in UTC. Raises: DataError."""
    try:
        return None if since is None else datetime.strptime(str(since), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise DataError(f"source.since={since} is no date. Type one as source.since=2023-01-31, or null") from error

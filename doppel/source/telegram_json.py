"""A Telegram export as a stream of chats, each with the fields of its messages: a few hundred in memory at a time."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from doppel.source.json_records import records
from doppel.source.telegram_fields import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.json_stream import JsonStream
    from doppel.source.telegram_chat import Chat, Chats

    Found = Iterator[tuple[Chat, Iterator[Any]]]

HOLDERS = frozenset(("chats", "left_chats", "list"))
HEAD = frozenset(("id", "type", "name"))
MAX_DEPTH = 8  # an account, its chats, their list, a chat
MAX_WAITING = 100_000
MAX_KEYS = 12


class Walk:
    """One way through an export: an account, a single chat or a bare list of chats."""

    def __init__(self, stream: JsonStream, chats: Chats) -> None:
        self.stream, self.chats = stream, chats
        self.keys: dict[str, None] = {}  # the first that were met, without those of messages
        self.user_id: int | None = None  # of personal_information
        self.has_chats = False

    def chats_found(self) -> Found:
        """Each chat with its messages, as Fields or as plain values, all to be taken before the next chat.

        Raises: DataError.
        """
        yield from self._holder(0)
        self.stream.end()

    def _holder(self, depth: int) -> Found:
        first = self.stream.peek()
        if first == "{" and depth < MAX_DEPTH:
            yield from self._object(depth + 1)
        elif first == "[" and depth < MAX_DEPTH:
            for _ in self.stream.places():
                if self.stream.peek() == "{":
                    yield from self._object(depth + 1)

    def _object(self, depth: int) -> Found:
        """An account, the holder of a list of chats, or a chat: they are told apart by their keys."""
        head: dict[str, Any] = {}
        waiting: list[Any] | None = None  # before the chat's id: never in Telegram's own files
        for key in self.stream.members():
            if len(self.keys) < MAX_KEYS:
                self.keys[key] = None
            first = self.stream.peek()
            if key == "messages" and first == "[":
                found = records(self.stream, decode)
                if not {"id", "type"} <= head.keys():
                    waiting = list(islice(found, MAX_WAITING))
                    if len(waiting) < MAX_WAITING:
                        continue
                    found = chain(waiting, found)
                    waiting = None
                yield self._chat(head), found
            elif key in HOLDERS:
                self.has_chats |= key != "list"
                yield from self._holder(depth)
            elif key == "personal_information" and first == "{":
                self._personal(self.stream.value())
            elif key in HEAD and first not in "{[":
                head[key] = self.stream.value()
        if waiting is not None:
            yield self._chat(head), iter(waiting)

    def _chat(self, head: dict[str, Any]) -> Chat:
        self.has_chats = True
        return self.chats.make(head)

    def _personal(self, information: dict[str, Any]) -> None:
        number = information.get("user_id")
        self.user_id = number if isinstance(number, int) else None

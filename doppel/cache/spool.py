"""Messages on disk: read from the export once, in any order, and given back chat by chat in order of time."""

from __future__ import annotations

import heapq
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter
from typing import IO, TYPE_CHECKING

import msgspec

from doppel.errors import RunError
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

BATCH = 512  # messages taken from the source at once
BLOCK = 512  # messages of one chat written together, at least
HELD = 20_000  # messages waiting for their block, over all chats: sources may jump between thousands of chats
ENCODE = msgspec.msgpack.Encoder().encode
DECODE = msgspec.msgpack.Decoder(list[Message]).decode
Key = tuple["datetime", int]
KEY = attrgetter("sent_at", "message_id")
CHAT = attrgetter("chat_id")


@dataclass(slots=True)
class _Block:
    offset: int  # bytes
    size: int
    first: Key
    last: Key


@dataclass(slots=True)
class _Chat:
    waiting: list[Message] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    last: Key | None = None
    is_ordered: bool = True  # each block begins where the one before it has ended, or later


class Spool:
    """Takes messages in any order and gives those of one chat together. Raises: RunError where the disk is full."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.chats: dict[str, _Chat] = {}
        self.held = 0
        self.size = 0
        self.out_of_order = 0  # messages that came after a later one of their chat

    def fill(self, messages: Iterator[Message]) -> Iterator[list[Message]]:
        """The same messages, some hundreds at once, stored when the next ones are asked for; all are in the end."""
        with self._guarded(), self._opened("wb") as stream:  # what is left is written when it is closed
            while batch := list(islice(messages, BATCH)):
                yield batch
                for chat_id, together in groupby(batch, key=CHAT):
                    self._add(chat_id, list(together), stream)
            for chat in self.chats.values():
                self._write(chat, stream)

    def messages(self) -> Iterator[Message]:
        """All messages, chats in order of first appearance, each in order of (sent_at, message_id)."""
        with self._opened("rb") as stream:
            for chat in self.chats.values():
                yield from self._of(chat, stream)

    def between(self, chat_id: str, start: datetime, end: datetime) -> list[Message]:
        """The messages of a chat sent in this time, both ends included, in order."""
        chat = self.chats[chat_id]
        with self._opened("rb") as stream:
            near = [block for block in chat.blocks if block.first[0] <= end and block.last[0] >= start]
            found = [message for block in near for message in _read(block, stream) if start <= message.sent_at <= end]
        return sorted(found, key=KEY)

    def _add(self, chat_id: str, messages: list[Message], stream: IO[bytes]) -> None:
        chat = self.chats.get(chat_id)
        if chat is None:
            chat = self.chats[chat_id] = _Chat()
        chat.waiting += messages
        self.held += len(messages)
        if len(chat.waiting) >= BLOCK:
            self._write(chat, stream)
        elif self.held > HELD:
            for each in self.chats.values():
                self._write(each, stream)

    def _write(self, chat: _Chat, stream: IO[bytes]) -> None:
        if not chat.waiting:
            return
        self._put_in_order(chat)
        content = ENCODE(chat.waiting)
        block = _Block(self.size, len(content), KEY(chat.waiting[0]), KEY(chat.waiting[-1]))
        chat.is_ordered &= not chat.blocks or chat.blocks[-1].last <= block.first
        chat.blocks.append(block)
        stream.write(content)
        self.size += len(content)
        self.held -= len(chat.waiting)
        chat.waiting = []

    def _put_in_order(self, chat: _Chat) -> None:
        keys = list(map(KEY, chat.waiting))
        if keys == sorted(keys) and (chat.last is None or chat.last <= keys[0]):
            chat.last = keys[-1]
            return
        for key in keys:
            if chat.last is not None and key < chat.last:
                self.out_of_order += 1
            else:
                chat.last = key
        chat.waiting.sort(key=KEY)

    def _of(self, chat: _Chat, stream: IO[bytes]) -> Iterator[Message]:
        if chat.is_ordered:
            for block in chat.blocks:
                yield from _read(block, stream)
            return
        # A block is opened only when its first message is due: an export that runs backwards has one open at a time.
        due = sorted(chat.blocks, key=attrgetter("first"), reverse=True)
        heap: list[tuple[Key, int, list[Message]]] = []  # key of the first message, offset of the block, its messages
        while due or heap:
            while due and (not heap or due[-1].first <= heap[0][0]):
                block = due.pop()
                messages = _read(block, stream)[::-1]
                heapq.heappush(heap, (block.first, block.offset, messages))
            _, offset, messages = heap[0]
            yield messages.pop()
            if messages:
                heapq.heapreplace(heap, (KEY(messages[-1]), offset, messages))
            else:
                heapq.heappop(heap)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _no_room(self.file, error) from error

    def _opened(self, mode: str) -> IO[bytes]:
        try:
            return self.file.open(mode, buffering=1 << 20)
        except OSError as error:
            raise _no_room(self.file, error) from error


def _read(block: _Block, stream: IO[bytes]) -> list[Message]:
    stream.seek(block.offset)
    return DECODE(stream.read(block.size))


def _no_room(file: Path, error: OSError) -> RunError:
    return RunError(
        f"{file} cannot be written: {error.strerror}. Free some space there, or name another folder: "
        "XDG_CACHE_HOME=/folder doppel ..."
    )

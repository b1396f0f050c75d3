"""Fetching what is new: chat after chat, oldest first, at the pace that Telegram asks for."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from doppel.errors import DataError
from doppel.source.telegram_api_archive import Head
from doppel.source.telegram_api_record import MIGRATED, name_of, record_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from doppel.source.telegram_api_archive import Archive, ChatFile
    from doppel.source.telegram_api_choice import Choice

BATCH = 100  # messages written together: what one request brings
MAX_LOST = 5  # times in a row that the connection may break without a message in between
AGAIN = "What has come is stored: run the same command again later, and it goes on from there."


class Pull:
    """One visit to Telegram. `notes` tells afterwards what could not be fetched."""

    def __init__(
        self, client: Any, archive: Archive, *, since: datetime | None, pause_seconds: float, max_wait_seconds: float
    ) -> None:
        self.client, self.archive, self.since = client, archive, since
        self.pause_seconds, self.max_wait_seconds = pause_seconds, max_wait_seconds
        self.lost = 0
        self.new = 0
        self.notes: list[str] = []

    async def everything(self, choice: Choice) -> None:
        """Fetches the chosen chats. Raises: DataError."""
        me = await self._patiently(self.client.get_me)
        self.archive.set_account(me.id)
        entities = await self._patiently(self._dialogs)
        new_homes = {one.id: one for one in entities if type(one).__name__ == "Channel"}
        chosen = [
            (entity, head) for entity in entities for head in (head_of(entity, me, new_homes),) if choice.takes(head)
        ]
        choice.check()
        for number, (entity, head) in enumerate(chosen, 1):
            before = self.new
            await self._chat(entity, head, me)
            # No names: a terminal may be seen by others.
            _tell(f"Telegram: chat {number:,} of {len(chosen):,}, {self.new - before:,} new messages")
            await asyncio.sleep(self.pause_seconds)

    async def _dialogs(self) -> list[Any]:
        entities = [dialog.entity async for dialog in self.client.iter_dialogs()]
        return [one for one in entities if type(one).__name__ in ("User", "Chat", "Channel")]

    async def _chat(self, entity: Any, head: Head, me: Any) -> None:
        from telethon import errors

        file = self.archive.chat(f"{type(entity).__name__.lower()}_{entity.id}")
        if file.torn:
            self.notes.append(f"{file.file.name}: a line that an interruption had cut was dropped and fetched again")
        since = None if self.since is None else self.since.isoformat()
        if file.head is None:
            file.begin(replace(head, since=since))
        elif file.head.since is not None and (since is None or since < file.head.since):
            raise DataError(
                f"{file.file.label} begins at {file.head.since[:10]} and source.since={since and since[:10]} asks "
                "for more. Name another folder, source.archive=FOLDER, or delete that file."
            )
        store = Store(file, record=lambda message: record_of(message, me, head.shift))
        try:
            await self._patiently(lambda: self._history(entity, store))
        except (errors.ForbiddenError, errors.BadRequestError) as error:
            self.notes.append(f"{file.file.name}: Telegram refuses this chat ({type(error).__name__})")

    async def _history(self, entity: Any, store: Store) -> None:
        since = None if store.last_id else self.since
        messages: AsyncIterator[Any] = self.client.iter_messages(
            entity, reverse=True, min_id=store.last_id, offset_date=since, wait_time=self.pause_seconds
        )
        try:
            async for message in messages:
                store.add(message)
                self.new += 1
                self.lost = 0
        finally:  # whatever ends it
            store.flush()

    async def _patiently(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Acts until it succeeds: after the pauses that Telegram asks for, and over connections that break."""
        from telethon import errors

        while True:
            try:
                return await act()
            except errors.FloodError as error:
                await self._wait(getattr(error, "seconds", self.max_wait_seconds))
            except (OSError, EOFError, errors.ServerError) as error:
                await self._reconnect(error)

    async def _wait(self, seconds: float) -> None:
        if seconds > self.max_wait_seconds:
            raise DataError(
                f"Telegram asks for a pause of {seconds:,} seconds, more than source.max_wait_seconds="
                f"{self.max_wait_seconds}. {AGAIN}"
            )
        _tell(f"Telegram asks for a pause of {seconds:,} seconds")
        await asyncio.sleep(seconds + 1)

    async def _reconnect(self, error: Exception) -> None:
        self.lost += 1
        if self.lost > MAX_LOST:
            raise DataError(f"The connection to Telegram breaks again and again ({type(error).__name__}). {AGAIN}")
        _tell("The connection to Telegram broke: trying again")
        await asyncio.sleep(2.0**self.lost)
        if not self.client.is_connected():
            await self.client.connect()


class Store:
    """Messages on their way into the file of their chat."""

    def __init__(self, file: ChatFile, *, record: Callable[[Any], dict[str, Any]]) -> None:
        self.file, self.record = file, record
        self.waiting: list[dict[str, Any]] = []
        self.last_id = file.last_id()

    def add(self, message: Any) -> None:
        """Takes the next message."""
        self.waiting.append(self.record(message))
        self.last_id = message.id
        if len(self.waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is waiting."""
        waiting, self.waiting = self.waiting, []
        if waiting:
            self.file.append(waiting)


def head_of(entity: Any, me: Any, new_homes: dict[int, Any]) -> Head:
    """The chat as Telegram Desktop's JSON describes it; a group that became a supergroup is part of that one."""
    moved = getattr(getattr(entity, "migrated_to", None), "channel_id", None)
    if moved in new_homes:
        return replace(head_of(new_homes[moved], me, {}), shift=MIGRATED)
    username = getattr(entity, "username", None)
    return Head(id=entity.id, type=_type(entity, me), name=name_of(entity), username=username, shift=0)


def _type(entity: Any, me: Any) -> str:
    kind = type(entity).__name__
    if kind == "Chat":
        return "private_group"
    if kind == "Channel":
        is_public = bool(entity.username or entity.usernames)
        rights = "public" if is_public else "private"
        return f"{rights}_channel" if entity.broadcast else f"{rights}_supergroup"
    if entity.id == me.id:
        return "saved_messages"
    return "bot_chat" if entity.bot else "personal_chat"


def _tell(text: str) -> None:
    print(text, file=sys.stderr)

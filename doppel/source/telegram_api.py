"""Live Telegram: one's own chats through the user API, kept in a folder so that each run fetches what is new."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from doppel.errors import DataError
from doppel.source.files import fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.telegram_albums import Albums
from doppel.source.telegram_api_archive import Archive
from doppel.source.telegram_api_choice import Choice, start_of
from doppel.source.telegram_api_login import credentials, log_in, session_file
from doppel.source.telegram_api_pull import Pull
from doppel.source.telegram_chat import Chats
from doppel.source.telegram_message import MessageReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from doppel.source.telegram_api_archive import ChatFile, Head
    from doppel.types import Funnel, Message, NonNegativeFloat, PositiveInt

ADVICE = "Choose others with source.chats=all or source.chats=[NAME,...], or an earlier source.since."
BEFORE = "sent before source.since"


class TelegramApi:
    """The chats of one account. Each object visits Telegram once, before it reads what is stored."""

    def __init__(
        self,
        *,
        chats: str | list[str | int],
        since: str | None,
        is_live: bool,
        archive: str,
        session: str,
        pause_seconds: NonNegativeFloat,
        max_wait_seconds: PositiveInt,
    ) -> None:
        self.chats, self.since = chats, since
        self.is_live = is_live
        self.archive, self.session = archive, session
        self.pause_seconds, self.max_wait_seconds = pause_seconds, max_wait_seconds
        self.notes: list[str] = []

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too, from the archive that is brought up to date first. Raises: DataError.

        Held meanwhile: the ids of all messages, eight bytes each; and in chats with topics the topic of each message.
        """
        start, ledger = start_of(self.since), Ledger(ADVICE)
        chats, albums = Chats(ledger), Albums(ledger)
        reader = MessageReader(ledger, LocalClock("UTC").zone)
        for file, head in self._chosen():
            messages = reader.messages(file.file.label, chats.make(asdict(head)), file.fields())
            for message in albums.whole(messages):
                if start is None or message.sent_at >= start:
                    yield ledger.keep(message)
                else:
                    ledger.drop(BEFORE)
        ledger.report(funnel, self.archive)
        for note in self.notes:
            funnel.note(f"source: {note}.")

    def owner_ids(self) -> frozenset[str]:
        """The account; empty before anything was fetched."""
        user_id = Archive(self.archive).account().user_id
        return frozenset() if user_id is None else frozenset({f"user{user_id}"})

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each chosen chat in the archive, brought up to date first. Raises: DataError."""
        return fingerprint([file.file for file, _ in self._chosen()])

    def _chosen(self) -> list[tuple[ChatFile, Head]]:
        self._visit()
        choice = Choice(self.chats)
        stored = Archive(self.archive).chats()
        chosen = [(file, file.head) for file in stored if file.head is not None and choice.takes(file.head)]
        self.notes += [f"{file.file.name}: a last line that had been cut was dropped" for file in stored if file.torn]
        choice.check()
        if not chosen:
            raise DataError(
                f"{self.archive} holds none of the chats that source.chats={self.chats} asks for. "
                "Fetch them with source.is_live=true, or choose others."
            )
        return chosen

    def _visit(self) -> None:
        if not self.is_live:
            return
        try:
            from telethon import errors
        except ImportError as error:
            raise DataError("source=telegram_api needs Telethon: pip install 'doppel[telegram]'") from error
        logging.getLogger("telethon").setLevel(logging.WARNING)  # it tells of addresses and requests otherwise
        api_id, api_hash = credentials()
        choice, archive, session = Choice(self.chats), Archive(self.archive), session_file(self.session)
        try:
            asyncio.run(self._fetch(choice, archive, session, api_id, api_hash))
        except errors.UnauthorizedError as error:
            raise DataError(f"Telegram has ended this login. Delete {session}, and log in anew.") from error
        except errors.RPCError as error:
            raise DataError(f"Telegram refuses: {type(error).__name__}. What has come is stored.") from error
        except sqlite3.Error as error:
            raise DataError(
                f"{session} cannot be used ({error}): end the other run that uses it, or delete it and log in anew."
            ) from error
        except OSError as error:
            raise DataError(f"Telegram cannot be reached ({type(error).__name__}): is there a connection?") from error
        self.is_live = False  # once is enough

    async def _fetch(self, choice: Choice, archive: Archive, session: Path, api_id: int, api_hash: str) -> None:
        from telethon import TelegramClient

        # 0: every pause that Telegram asks for comes up to us, to be told and bounded.
        client: Any = TelegramClient(str(session), api_id, api_hash, flood_sleep_threshold=0, receive_updates=False)
        pull = Pull(
            client,
            archive,
            since=start_of(self.since),
            pause_seconds=self.pause_seconds,
            max_wait_seconds=self.max_wait_seconds,
        )
        try:
            await client.connect()
            await log_in(client)
            await pull.everything(choice)
        finally:
            await client.disconnect()
            self.notes += pull.notes

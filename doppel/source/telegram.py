"""Telegram Desktop's JSON export: one chat or a whole account, every vintage since 2020, read as a stream."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import ijson

from doppel.errors import DataError
from doppel.source.telegram_file import HOW_TO_EXPORT, find_export, open_export
from doppel.source.telegram_json import Seen, walk
from doppel.source.telegram_message import MessageReader
from doppel.types import Funnel

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from doppel.types import Message


class TelegramExport:
    """The messages of one export, in the order of the file: chat after chat."""

    def __init__(self, *, path: str) -> None:
        self.path = path
        self.owner: tuple[str | None] | None = None  # boxed: None = not looked for yet

    def messages(self, funnel: Funnel) -> Generator[Message, None, None]:
        """Every message, service messages too; each call reads the file anew. Raises: DataError."""
        file = find_export(self.path)
        reader, seen, first_senders = MessageReader(file), Seen(), set()
        try:
            with open_export(file) as stream:
                # use_float: Decimal, the default, is slower and no field needs it.
                for chat, fields in walk(ijson.basic_parse(stream, use_float=True), seen):
                    message = reader.message(chat, fields)
                    if message is None:
                        continue
                    if len(seen.chats) == 1 and not message.is_service:
                        first_senders.add(message.sender_id)
                    if self.owner is None and seen.user_id is not None:
                        self.owner = (f"user{seen.user_id}",)
                    yield message
        except (ijson.JSONError, EOFError, zlib.error, OSError) as error:
            raise _broken(file, reader.read, error) from error
        _check_content(file, reader, seen)
        reader.report(funnel)
        self.owner = (_owner(seen, first_senders),)

    def owner_id(self) -> str | None:
        """The sender_id of the account that made the export, None where it does not tell. Raises: DataError.

        From personal_information; else Saved Messages, whose chat id it is; else, in the export of one personal
        chat, the one sender who is not the other person. Costs one reading of the file at most, none after
        `messages` has been read.
        """
        if self.owner is None:
            with closing(self.messages(Funnel())) as messages:
                for _ in messages:
                    if self.owner is not None:
                        break
        return self.owner[0] if self.owner else None

    def fingerprint(self) -> dict[str, str]:
        """File name -> sha256 of the file as it lies on disk. Raises: DataError."""
        file = find_export(self.path)
        try:
            with file.open("rb") as stream:
                return {file.name: hashlib.file_digest(stream, "sha256").hexdigest()}
        except OSError as error:
            raise _broken(file, 0, error) from error


def _owner(seen: Seen, first_senders: set[str]) -> str | None:
    if seen.user_id is not None:
        return f"user{seen.user_id}"
    for chat in seen.chats:
        if chat.kind == "saved":
            return chat.peer
    if len(seen.chats) == 1 and seen.chats[0].kind == "personal" and len(first_senders) == 2:
        others = first_senders - {seen.chats[0].peer}
        return others.pop() if len(others) == 1 else None
    return None


def _check_content(file: Path, reader: MessageReader, seen: Seen) -> None:
    if not seen.chats and "chats" not in seen.keys:
        keys = ", ".join(list(seen.keys)[:12]) or "none"
        raise DataError(
            f"{file} is JSON, but no Telegram export: it has no list of messages. Keys seen: {keys}. {HOW_TO_EXPORT}"
        )
    if reader.kept == 0:
        found = f"{reader.read:,}, all unusable: {reader.why()}" if reader.read else "none at all"
        raise DataError(f"{file} holds no messages to read ({found}). Export a chat that has some. {HOW_TO_EXPORT}")


def _broken(file: Path, read: int, error: Exception) -> DataError:
    # Only the first line of the parser's words: the next ones quote the chat.
    reason = str(error).removeprefix("b'").partition("\n")[0].partition("\\n")[0].strip() or type(error).__name__
    is_cut = isinstance(error, EOFError) or "premature" in reason or "Incomplete" in reason
    what = "breaks off" if is_cut else "is damaged"
    return DataError(
        f"{file} {what} after {read:,} readable messages ({reason}). Copy or export it again, whole. {HOW_TO_EXPORT}"
    )

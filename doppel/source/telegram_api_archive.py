"""What was fetched of Telegram: a folder with one file of JSON lines a chat, a head and then messages, oldest first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.errors import DataError
from doppel.source.files import File
from doppel.source.telegram_api_private import private_file, private_folder
from doppel.source.telegram_fields import Fields, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "account.json"
ADVICE = "Delete that file, and its chat is fetched anew."


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a file: the chat as Telegram Desktop describes it, and what was fetched of it."""

    id: int
    type: str
    name: str | None
    username: str | None
    shift: int  # added to the ids of messages
    since: str | None = None  # ISO time before which nothing was asked for


class Newest(msgspec.Struct, frozen=True):
    """What is needed of the last line."""

    id: int


class Account(msgspec.Struct, frozen=True):
    """Whose archive it is; None before anything was fetched."""

    user_id: int | None = None


FIELDS = msgspec.json.Decoder(Fields).decode


class Archive:
    """The folder. Raises: DataError where others can read it."""

    def __init__(self, folder: str) -> None:
        self.folder = private_folder(Path(folder), "source.archive")

    def chats(self) -> list[ChatFile]:
        """The chats with something stored, in order of their names."""
        return [ChatFile(path) for path in sorted(self.folder.glob("*.jsonl"))]

    def chat(self, name: str) -> ChatFile:
        """The file of one chat, which need not be there yet."""
        return ChatFile(private_file(self.folder / f"{name}.jsonl", "source.archive"))

    def account(self) -> Account:
        """What was stored of the account. Raises: DataError."""
        file = self.folder / ACCOUNT
        try:
            return msgspec.json.decode(file.read_bytes(), type=Account) if file.exists() else Account()
        except (OSError, msgspec.MsgspecError, RecursionError) as error:
            raise DataError(f"{file} is damaged. Delete it, and it is written anew.") from error

    def set_account(self, user_id: int) -> None:
        """Stores whose archive it is. Raises: DataError where it is someone else's."""
        known = self.account().user_id
        if known is not None and known != user_id:
            raise DataError(
                f"{self.folder} is the archive of another Telegram account. Name another folder: source.archive=FOLDER"
            )
        if known is None:
            file = private_file(self.folder / ACCOUNT, "source.archive")
            file.write_bytes(msgspec.json.encode(Account(user_id)))


class ChatFile:
    """The file of one chat. `head` is None while nothing is stored."""

    def __init__(self, path: Path) -> None:
        self.file = File(path, None, ADVICE)
        self.torn = 0  # bytes of a line that an interruption cut, taken off
        self.newest: Newest | None = None
        self.head = self._mended()

    def last_id(self) -> int:
        """The id of the newest message stored, as Telegram numbers it; 0 where there is none."""
        return 0 if self.newest is None or self.head is None else self.newest.id - self.head.shift

    def begin(self, head: Head) -> None:
        """Stores the head. Raises: DataError as `append` does."""
        self.append([msgspec.structs.asdict(head)])
        self.head = head

    def append(self, lines: list[dict[str, Any]]) -> None:
        """Adds lines and waits until they lie on the disk. Raises: DataError where it is full."""
        content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()  # ASCII: odd characters are escaped
        try:
            with self.file.path.open("ab") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise DataError(
                f"{self.file.path} cannot be written: {error.strerror}. What came before is stored: make room, "
                "and run the same command again."
            ) from error

    def fields(self) -> Iterator[Fields | None]:
        """The fields of each message, oldest first. Raises: DataError with the line for damage."""
        for number, line in self.file.lines():
            if number > 1:
                try:
                    yield FIELDS(line)
                except (ValueError, RecursionError):  # also of lone surrogates, or of a year beyond 9999
                    yield fields_of(self._value(dict, line, number))

    def _mended(self) -> Head | None:
        """The head, once a last line that was cut is taken off."""
        end, number, first, last = 0, 0, b"", b""
        with self.file.open() as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    self.torn = len(line)
                    break
                number += 1
                end += len(line)
                first, last = first or line, line
        if self.torn:
            os.truncate(self.file.path, end)
        if number > 1:
            self.newest = self._value(Newest, last, number)
        return self._value(Head, first, 1) if first else None

    def _value(self, kind: Any, line: bytes | str, number: int) -> Any:
        try:
            return msgspec.convert(json.loads(line), kind)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors too
            raise DataError(f"{self.file.label}, line {number:,}, is damaged. {ADVICE}") from error

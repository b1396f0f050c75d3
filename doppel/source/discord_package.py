"""Discord's own data package: messages/c<channel>/messages.json or .csv, of the account's owner alone."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from doppel.source.csv_rows import csv_rows
from doppel.source.discord_exporter import seconds_of, shown
from doppel.source.json_stream import JsonStream
from doppel.source.ledger import NO_OBJECT
from doppel.source.loose_values import elements_of, media_of_file, number_of, object_of, place_of, value_of, word_of
from doppel.types import Entity, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.source.files import File
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

KINDS: dict[str, ChatKind] = {
    "1": "personal",
    "DM": "personal",
    "3": "group",
    "GROUP_DM": "group",
    "5": "channel",
    "GUILD_ANNOUNCEMENT": "channel",
    "12": "group",
    "PRIVATE_THREAD": "group",
}
NOBODY = "discord:me"
MESSAGES = ("messages.json", "messages.csv")
NO_ACCOUNT = "are of an account that the package does not name (no account/user.json): it is called discord:me"


class PackageReader:
    """The channels of the packages among the files; `others` are the files that belong to none."""

    def __init__(self, files: list[File], ledger: Ledger) -> None:
        self.ledger = ledger
        self.owners: frozenset[str] = frozenset()
        self.channels = {place_of(file): file for file in files if file.name == "channel.json"}
        self.accounts = {_up(place_of(file)): file for file in files if file.name == "user.json"}
        self.indexes = {place_of(file): file for file in files if file.name == "index.json"}
        self.chats = [file for file in files if file.name in MESSAGES and place_of(file) in self.channels]
        # Only an account's file shows where the package begins; without it the folder of messages is all that is sure.
        roots = {_up(_up(place)) if _up(_up(place)) in self.accounts else _up(place) for place in self.channels}
        self.others = [file for file in files if not any(_is_below(file, root) for root in roots)]

    def messages(self) -> Iterator[Message]:
        """The messages of every channel. Raises: DataError."""
        for file in self.chats:
            self.ledger.place = file.label
            place = place_of(file)
            sender = self._account(_up(_up(place)))
            index = self.indexes.get(_up(place))
            channel = object_of(value_of(self.channels[place]))
            number = word_of(channel.get("id")) or PurePosixPath(file.folder).name.removeprefix("c")
            names = object_of(value_of(index)) if index else {}
            guild = word_of(object_of(channel.get("guild")).get("name"))
            name = word_of(channel.get("name"), names.get(number)) or number
            yield from self._channel(
                file,
                chat_id=self.ledger.name(f"discord:{number}"),
                chat_name=self.ledger.name(f"{guild} #{name}" if guild else name),
                chat_kind=KINDS.get(word_of(channel.get("type")), "public_group"),
                sender=sender,
            )

    def _channel(
        self, file: File, *, chat_id: str, chat_name: str, chat_kind: ChatKind, sender: tuple[str, str]
    ) -> Iterator[Message]:
        ledger = self.ledger
        before = ledger.reading.kept
        for row in _rows(file):
            message_id = number_of(row.get("ID")) if isinstance(row, dict) else None
            if message_id is None:
                ledger.drop(NO_OBJECT)
                continue
            sent_at = ledger.moment(seconds_of(row.get("Timestamp")))
            if sent_at is None or not ledger.is_new(chat_id, message_id):
                continue
            text = ledger.clean(word_of(row.get("Contents")))
            entities: tuple[Entity, ...] = ()
            if "<" in text:
                text, entities = shown(text, {}, ledger)
            attachments = word_of(row.get("Attachments"))
            yield ledger.keep(
                Message(
                    chat_id=chat_id,
                    chat_name=chat_name,
                    chat_kind=chat_kind,
                    message_id=message_id,
                    sent_at=sent_at,
                    sender_id=sender[0],
                    sender_name=sender[1],
                    text=text,
                    media=media_of_file(attachments.split()[0]) if attachments.strip() else None,
                    entities=entities,
                )
            )
        ledger.guessed[NO_ACCOUNT] += (ledger.reading.kept - before) * (sender[0] == NOBODY)

    def _account(self, root: str) -> tuple[str, str]:
        file = self.accounts.get(root)
        fields = object_of(value_of(file)) if file else {}
        number = word_of(fields.get("id"))
        sender_id = self.ledger.name(f"discord:{number}") if number else NOBODY
        self.owners |= {sender_id}
        return sender_id, self.ledger.name(word_of(fields.get("global_name"), fields.get("username")) or "me")


def _rows(file: File) -> Iterator[Any]:
    if file.name.endswith(".csv"):
        for _, row in csv_rows(file)[1]:
            yield row
        return
    with file.open() as raw:
        yield from elements_of(JsonStream(raw, file.label, file.advice))


def _up(place: str) -> str:
    return place.rpartition("/")[0]


def _is_below(file: File, root: str) -> bool:
    place = place_of(file)
    return place == root or place.startswith(f"{root}/")

"""The CSV files of DiscordChatExporter: one channel each, named in the file's name alone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.csv_rows import csv_rows
from doppel.source.discord_exporter import seconds_of, shown
from doppel.source.local_clock import LocalClock
from doppel.source.loose_values import media_of_file
from doppel.types import Entity, Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.source.ledger import Ledger

COLUMNS = ("AuthorID", "Author", "Date", "Content", "Attachments")
SHORT = "with more or fewer columns than the header"
OLD_FORM = "%d-%b-%y %I:%M %p"  # 12-Jul-21 08:45 PM: what versions before 2.43 wrote, in the exporter's local time
LOCAL_TIME = "name no time zone: source.timezone was taken"
NUMBERED = "have no id (CSV has none): they were numbered in file order, and nothing is known of replies"
CHANNEL_ID = re.compile(r"\[(\d{15,})\]")
PART = re.compile(r"( \[part \d+\])?\.csv$", re.IGNORECASE)


class TableReader:
    """Reads file after file; the parts of a channel are numbered on."""

    why_passed = "channels that a JSON file already has"

    def __init__(self, timezone: str, ledger: Ledger) -> None:
        self.zone = LocalClock(timezone).zone
        self.ledger = ledger
        self.chats: dict[str, int] = {}  # chat_id -> messages read of it
        self.passed: list[str] = []

    def messages(self, file: File, known: set[str]) -> Iterator[Message]:
        """The messages of one file, unless its channel is known from elsewhere. Raises: DataError with the line."""
        number = CHANNEL_ID.search(file.name)
        name = PART.sub("", file.name)
        chat_id = self.ledger.name(f"discord:{number[1] if number else name}")
        if chat_id in known:
            self.passed.append(file.name)
            return
        header, rows = csv_rows(file)
        if header[: len(COLUMNS)] != COLUMNS:
            raise DataError(f"{file.label} does not begin with {','.join(COLUMNS)}. {file.advice}")
        self.chats.setdefault(chat_id, 0)
        for line, row in rows:
            self.ledger.place = f"{file.label}, line {line:,}"
            message = self._message(chat_id, self.ledger.name(name), row)
            if message is not None:
                yield self.ledger.keep(message)

    def _message(self, chat_id: str, chat_name: str, row: Mapping[str, str] | None) -> Message | None:
        ledger = self.ledger
        if row is None:
            return ledger.drop(SHORT)
        number, author, date, content, attachments = (row[column] for column in COLUMNS)
        sent_at = ledger.moment(self._seconds(date))
        if sent_at is None:
            return None
        self.chats[chat_id] += 1
        ledger.guessed[NUMBERED] += 1
        content = ledger.clean(content)
        entities: tuple[Entity, ...] = ()
        if "<" in content:
            content, entities = shown(content, {}, ledger)
        return Message(
            chat_id=chat_id,
            chat_name=chat_name,
            chat_kind="unknown",
            message_id=self.chats[chat_id],
            sent_at=sent_at,
            sender_id=ledger.name(f"discord:{number or author}"),
            sender_name=ledger.name(author),
            text=content,
            media=media_of_file(attachments.partition(",")[0]) if attachments else None,
            entities=entities,
        )

    def _seconds(self, date: str) -> float:
        if "T" in date and not date.endswith("M"):
            return seconds_of(date)
        try:
            moment = datetime.strptime(date, OLD_FORM).replace(tzinfo=self.zone)
            self.ledger.guessed[LOCAL_TIME] += 1
            return moment.timestamp()
        except (ValueError, OverflowError):
            return float("nan")

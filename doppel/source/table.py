"""A messages table of any program: CSV, TSV, JSONL, JSON or Parquet with a message in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.source.files import Files
from doppel.source.reading import Reading
from doppel.source.rows import PATTERNS, fingerprint, read_files
from doppel.source.table_columns import ADVICE
from doppel.source.table_rows import TableMessages
from doppel.source.table_time import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message


class MessagesTable:
    """The messages of the files. Columns: "auto" for what tables usually call it, None for none."""

    def __init__(
        self,
        *,
        path: str | list[str],
        chat: str | None,
        sender: str | None,
        sender_name: str | None,
        text: str,
        time: str | None,
        id: str | None,  # noqa: A002
        reply_to: str | None,
        is_owner: str | None,
        is_forwarded: str | None,
        media: str | None,
        time_format: str,
        timezone: str,
    ) -> None:
        self.path = path
        self.wanted = {
            "chat": chat,
            "sender": sender,
            "sender_name": sender_name,
            "text": text,
            "time": time,
            "id": id,
            "reply_to": reply_to,
            "is_owner": is_owner,
            "is_forwarded": is_forwarded,
            "media": media,
        }
        self.clock = Clock(time_format, timezone)
        self.table = TableMessages(self.wanted, self.clock, Reading())

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """A message of each usable row. Raises: DataError."""
        files = Files(self.path, ADVICE).matching(*PATTERNS)
        self.table = TableMessages(self.wanted, self.clock, Reading(), may_overlap=len(files) > 1)
        yield from read_files(files, self.table, funnel, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """The account that made the table, where a column such as is_sender tells. Known when all messages are read."""
        return self.table.owner_ids()

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(Files(self.path, ADVICE).matching(*PATTERNS))

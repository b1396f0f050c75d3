"""Dialogues as other trainers write them: OpenAI `messages`, ShareGPT `conversations`, lists of turns; and doppel's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.source.dialogue_record import DialogueRecords
from doppel.source.files import Files
from doppel.source.reading import Reading
from doppel.source.rows import PATTERNS, fingerprint, read_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message

ADVICE = (
    'Accepted: JSONL, JSON or Parquet with {"messages": [{"role", "content"}]}, {"conversations": [{"from", "value"}]},'
    ' {"dialog": [...]} or {"prompt", "response"} in each record. Type source.path=FILE'
)


class Dialogues:
    """The dialogues of the files, in their order."""

    def __init__(self, *, path: str | list[str]) -> None:
        self.path = path
        self.records = DialogueRecords(Reading())

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message of every dialogue. Raises: DataError."""
        files = Files(self.path, ADVICE).matching(*PATTERNS)
        self.records = DialogueRecords(Reading())
        yield from read_files(files, self.records, funnel, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """The assistants; the personas where doppel has written the file. Known when all messages are read."""
        return self.records.owner_ids()

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(Files(self.path, ADVICE).matching(*PATTERNS))

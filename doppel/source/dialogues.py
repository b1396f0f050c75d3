"""Dialogues as other trainers write them: OpenAI `messages`, ShareGPT `conversations`, lists of turns; and doppel's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.source.dialogue_kept import kept_samples
from doppel.source.dialogue_record import DialogueRecords, ExportedAs
from doppel.source.files import Files
from doppel.source.reading import Reading
from doppel.source.rows import PATTERNS, fingerprint, read_files, rows_of, titles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.types import Funnel, Message, Sample

ADVICE = (
    'Accepted: JSONL, JSON or Parquet with {"messages": [{"role", "content"}]}, {"conversations": [{"from", "value"}]},'
    ' {"dialog": [...]} or {"prompt", "response"} in each record. Type source.path=FILE'
)


class Dialogues:
    """The dialogues of the files, in their order.

    `exported`: what doppel has exported is read as the same samples, as `messages` of which new ones are made, or not
    at all (`ignored`), but as any other dialogue, by what stands beside it.
    """

    def __init__(self, *, path: str | list[str], exported: ExportedAs) -> None:
        self.path = path
        self.exported: ExportedAs = exported
        self.records = DialogueRecords(Reading(), exported)

    def kept_samples(self, funnel: Funnel) -> Iterator[Sample] | None:
        """The samples of files that doppel has exported; None where messages are to be read. Raises: DataError."""
        if self.exported != "samples":
            return None
        return kept_samples((rows_of(file, title) for file, title in titles(self._files())), funnel)

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message of every dialogue. Raises: DataError."""
        self.records = DialogueRecords(Reading(), self.exported)
        yield from read_files(self._files(), self.records, funnel, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """The assistants; the personas where doppel has written the file. Known when all messages are read."""
        return self.records.owner_ids()

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(self._files())

    def _files(self) -> list[File]:
        return Files(self.path, ADVICE).matching(*PATTERNS)

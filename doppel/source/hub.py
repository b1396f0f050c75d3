"""A data set of the Hugging Face hub, or of a local folder, as `datasets` loads it; streamed, never its own code."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from doppel.errors import DataError
from doppel.source.dialogue_kept import kept_samples
from doppel.source.dialogue_record import ExportedAs
from doppel.source.hub_records import HubRecords
from doppel.source.hub_shape import shape_of
from doppel.source.rows import Rows, peeked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message, PositiveInt, Sample

ADVICE = "Type source.path=NAME source.split=train, and source.shape=dialogues, pairs or table"


class Hub:
    """The records of one split, read as dialogues, pairs or a messages table."""

    def __init__(
        self,
        *,
        path: str,
        name: str | None,
        split: str,
        revision: str | None,
        shape: Literal["auto", "dialogues", "pairs", "table"],
        columns: dict[str, str],
        timezone: str,
        max_rows: PositiveInt | None,
        exported: ExportedAs,
    ) -> None:
        self.records = HubRecords(path, name, split, revision)
        self.shape = shape
        self.columns = columns
        self.timezone = timezone
        self.max_rows = max_rows
        self.exported: ExportedAs = exported
        self.owners: frozenset[str] = frozenset()

    def kept_samples(self, funnel: Funnel) -> Iterator[Sample] | None:
        """The samples of records that doppel has exported; None where messages are to be read. Raises: DataError."""
        if self.exported != "samples" or self.shape not in ("auto", "dialogues") or self.columns:
            return None
        rows = Rows(self.records.path, self.records.label, "row", (), enumerate(self._limited(funnel), 1))
        return kept_samples([rows], funnel)

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """The messages of the records. Raises: DataError."""
        path, label = self.records.path, self.records.label
        columns, records = peeked(enumerate(self._limited(funnel), 1))
        first = next(records, None)
        if first is None:
            raise DataError(f"The data set {path} has no records in source.split={self.records.split}. {ADVICE}")
        rows = Rows(path, label, "row", columns, chain((first,), records))
        shape = shape_of(rows, first[1] or {}, self.shape, self.columns, self.timezone, self.exported)
        yield from shape.messages(rows)
        self.owners = shape.owner_ids()
        shape.reading.report(funnel, path, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """Who answers, of dialogues and pairs. Known when all messages are read."""
        return self.owners

    def fingerprint(self) -> Mapping[str, str]:
        """The data set -> sha256 of its files' content where they are local, of their revision where not."""
        return self.records.fingerprint()

    def _limited(self, funnel: Funnel) -> Iterator[dict[str, Any]]:
        for number, record in enumerate(self.records):
            if number == self.max_rows:
                funnel.note(f"source: only the first {number:,} rows were read (source.max_rows).")
                return
            yield record

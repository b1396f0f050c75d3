"""The samples of what doppel has exported, as they were made."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.dialogue_sample import exported_sample
from doppel.source.dialogue_shape import SAMPLE
from doppel.source.reading import Reading
from doppel.types import CANARIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from doppel.source.rows import Rows
    from doppel.types import Funnel, Sample

    Row = tuple[Rows, int, Mapping[str, Any] | None]

REPEATED = "that an earlier record holds too"
PLANTED = "that were planted for a trial (canaries)"
MIXED = (
    "What is exported has a sample in every record. Type source.exported=messages to have new samples made of all, or "
    "source.exported=ignored to read what stands beside the samples"
)


def holds_sample(row: Mapping[str, Any] | None) -> bool:
    """Whether the record is one that doppel has exported with its sample."""
    return row is not None and bool(row.get(SAMPLE))


def kept_samples(tables: Iterable[Rows], funnel: Funnel) -> Iterator[Sample] | None:
    """The samples of all records, each once, and the source's line of the funnel; None where the first record has none.

    Raises: DataError, then and while they are read, for a record without a sample or with an edited one.
    """
    rows = ((table, number, row) for table in tables for number, row in table.numbered)
    first = next(rows, None)
    if first is None or not holds_sample(first[2]):
        return None
    return _samples(chain((first,), rows), funnel)


def _samples(rows: Iterator[Row], funnel: Funnel) -> Iterator[Sample]:
    reading, seen = Reading(), dict[int, int]()  # hash of an id -> hash of its sample
    for table, number, row in rows:
        label, place = table.named(number), table.place(number)
        if row is None or not holds_sample(row):
            raise DataError(f"{label}, holds no sample of doppel, and the first record does. {MIXED}")
        sample = exported_sample(row, label)
        if sample.chat_id == CANARIES:
            reading.drop(PLANTED, place)
            continue
        key, content = hash(sample.sample_id), hash(sample)
        if key not in seen:
            seen[key] = content
            yield sample
        elif seen[key] == content:  # a folder may hold one export in several shapes
            reading.drop(REPEATED, place)
        else:
            raise DataError(
                f"{label}: the sample {sample.sample_id} is another one than in an earlier record: they come from "
                "different preparations. Name the files of one with source.path=FILE, or type source.exported=messages "
                "to have new samples made of all"
            )
    if not seen:
        raise DataError(f"There is no sample to read: {reading.why()}.")
    funnel.add("source", kept=len(seen), dropped=reading.dropped.total(), unit="samples", why=reading.why())

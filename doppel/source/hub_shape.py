"""How the records of a data set are to be read: as told, or by the names of their fields and what the first holds."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.columns import known_column, shown
from doppel.source.dialogue_kept import holds_sample
from doppel.source.dialogue_record import DialogueRecords, ExportedAs
from doppel.source.dialogue_shape import ANSWERED, LISTS
from doppel.source.pairs import Pairs
from doppel.source.reading import Reading
from doppel.source.table_columns import AUTO, KNOWN
from doppel.source.table_rows import TableMessages
from doppel.source.table_time import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.source.rows import Rows, Shape

FIELDS = {"dialogues": (), "pairs": ("question", "answer"), "table": tuple(KNOWN)}
PAIR_NAMES = ("Question", "Answer")


def shape_of(
    rows: Rows, first: Mapping[str, Any], shape: str, columns: Mapping[str, str], timezone: str, exported: ExportedAs
) -> Shape:
    """The reader of the records. `columns`: field -> column, for those that have other names than usual; `exported`: as
    in DialogueRecords.

    Raises: DataError where the shape cannot be told, or `columns` names fields that it has not.
    """
    found = _told_by(rows, first, columns) if shape == "auto" else shape
    _check(found, columns)
    if found == "dialogues":
        return DialogueRecords(Reading(), exported)
    if found == "pairs":
        question, answer = _answered(rows) or FIELDS["pairs"]
        return Pairs(
            (columns.get("question", question), columns.get("answer", answer)), PAIR_NAMES, Reading(), join_chains=False
        )
    wanted = {key: columns.get(key, AUTO) for key in KNOWN}
    return TableMessages(wanted, Clock(AUTO, timezone), Reading())


def _told_by(rows: Rows, first: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    if columns:
        return "pairs" if set(columns) <= set(FIELDS["pairs"]) else "table"
    answered = _answered(rows)
    if holds_sample(first) or any(isinstance(first.get(key), list | dict) for key in (*LISTS, *(answered or ()))):
        return "dialogues"
    if answered:
        return "pairs"
    if known_column(rows.columns, KNOWN["text"]) and known_column(rows.columns, KNOWN["sender"] + KNOWN["is_owner"]):
        return "table"
    raise DataError(
        f"The data set {rows.label} has the columns {shown(rows.columns)}: neither dialogues, nor pairs, nor a "
        "table of messages that is known. Type, for pairs, +source.columns.question=COLUMN "
        "+source.columns.answer=COLUMN, for a table +source.columns.text=COLUMN +source.columns.sender=COLUMN"
    )


def _answered(rows: Rows) -> tuple[str, str] | None:
    return next((pair for pair in ANSWERED if set(pair) <= set(rows.columns)), None)


def _check(shape: str, columns: Mapping[str, str]) -> None:
    known = FIELDS[shape]
    for key in columns:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            told = f" Did you mean {near[0]}?" if near else ""
            raise DataError(
                f"source.columns.{key} is no field of {shape}.{told} It has: {', '.join(known) or 'none to name'}"
            )

"""Which column of a table holds what."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from doppel.source.rows import Rows

SHOWN = 20  # names told in one message
NAME = re.compile(r"[\w.:/-]+(?: [\w.:/()-]+){0,2}|")  # pandas gives the numbers of its rows a column without one
KEY = re.compile(r"[\w.:/-]*")  # of a record: one with blanks may be what somebody has said, with its answer as value
LONGEST_NAME = 40  # characters


def shown(columns: Sequence[str], name: re.Pattern[str] = NAME) -> str:
    """The names of columns for a message; their lengths alone where one of them looks like no name, for a table without
    header begins with somebody's words."""
    are_names = all(len(one) <= LONGEST_NAME and name.fullmatch(one) and not one.isdecimal() for one in columns)
    names = [one if are_names else f"<{len(one)} characters>" for one in columns[:SHOWN]]
    return ", ".join(names) + (f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else "") or "none"


def plain(name: str) -> str:
    """A name without case and separators: CreateTime, create_time and "Create time" are one."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def known_column(columns: Iterable[str], names: Sequence[str]) -> str | None:
    """The column that has the first of these plain names that any has."""
    by_name = {plain(column): column for column in reversed(list(columns))}
    return next((by_name[name] for name in names if name in by_name), None)


def named_column(rows: Rows, key: str, name: str, advice: str) -> str:
    """The column that the user named in source.<key>. Raises: DataError with what there is and what is near."""
    if name in rows.columns:
        return name
    same = [column for column in rows.columns if plain(column) == plain(name)]
    near = same or difflib.get_close_matches(name, rows.columns, n=1)
    told = f" Did you mean source.{key}={near[0]}?" if near else ""
    raise DataError(
        f"{rows.label} has no column {name} (source.{key}={name}). It has: {shown(rows.columns)}.{told} {advice}"
    )

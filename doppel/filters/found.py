"""People that a rule names, as ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Find = Callable[[str], frozenset[str]]


def found_ids(setting: str, wanted: Iterable[str | int], find: Find) -> frozenset[str]:
    """The sender_ids of everyone in a list of the config. Raises: DataError that names the setting."""
    found: set[str] = set()
    for name in wanted:
        try:
            found |= find(str(name))
        except DataError as error:
            raise DataError(f"{setting}: {error}") from error
    return frozenset(found)

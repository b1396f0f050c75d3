"""People who share a name with someone in their chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def numbered(names: Mapping[str, str]) -> set[str]:
    """The ids of those who are told apart by a number: "Alex (2)", where there is an "Alex" as well."""
    taken = set(names.values())
    parts = {speaker_id: name.rpartition(" (") for speaker_id, name in names.items()}
    return {who for who, (base, _, number) in parts.items() if base in taken and number[:-1].isdecimal()}

"""Other words in the place of pieces of a text."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec.structs import replace

from doppel.types import Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Message


def rewritten(message: Message, spans: Sequence[tuple[int, int]], by: str) -> Message:
    """The message with `by` in the place of each span, without space at the ends.

    `spans` are (start, end) in characters, in order and apart. A piece that leaves nothing behind takes one of the
    spaces around it along. Entities move with their words; one that touches a replaced piece is gone.
    """
    text = message.text
    pieces: list[str] = []
    ends: list[int] = []
    shifts = [0]  # by how many characters what comes after so many spans moves
    at = 0
    for start, end in spans:
        if not by and (start == at or text[start - 1].isspace()) and end < len(text) and text[end].isspace():
            end += 1
        pieces += (text[at:start], by)
        ends.append(end)
        shifts.append(shifts[-1] + len(by) - (end - start))
        at = end
    joined = "".join((*pieces, text[at:]))
    whole = joined.strip()
    lead = len(joined) - len(joined.lstrip())
    moved: list[Entity] = []
    for entity in message.entities:
        before = bisect_right(ends, entity.start)  # spans that end before it
        if before < len(ends) and spans[before][0] < entity.end:
            continue
        shift = shifts[before] - lead
        start, end = max(entity.start + shift, 0), min(entity.end + shift, len(whole))
        if start < end:
            moved.append(Entity(entity.kind, start, end))
    return replace(message, text=whole, entities=tuple(moved))

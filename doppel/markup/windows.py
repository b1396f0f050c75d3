"""Which turns of a long conversation are read together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Window:
    """Turns [start, stop) are read; what is learnt is among [fresh, stop), the ones before are context."""

    start: int
    fresh: int
    stop: int


def cut(lengths: Sequence[int], opening: Callable[[int], int], limit: int) -> list[Window]:
    """Windows of whole turns, none above `limit` tokens, in which every turn that fits alone is fresh exactly once.

    `lengths`: tokens of each turn; `opening(start)`: tokens before turn `start` where a window begins with it. Every
    window but the first begins with as many preceding turns as fit in half of the room, so that its first replies
    answer something. No window reaches over a turn that does not fit alone.
    """
    windows: list[Window] = []
    wall = turn = 0
    while turn < len(lengths):
        if opening(turn) + lengths[turn] > limit:
            turn += 1
            wall = turn
            continue
        start = with_context(lengths, opening, limit, wall, turn)
        stop = turn + 1
        used = opening(start) + sum(lengths[start:stop])
        while stop < len(lengths) and used + lengths[stop] <= limit:
            used += lengths[stop]
            stop += 1
        windows.append(Window(start, turn, stop))
        turn = stop
    return windows


def with_context(lengths: Sequence[int], opening: Callable[[int], int], limit: int, wall: int, turn: int) -> int:
    """The first turn of a window in which `turn` is the first fresh one; never before `wall`."""
    half = (limit - opening(turn)) // 2
    start, context = turn, 0
    while start > wall and context + lengths[start - 1] <= half:
        earlier = context + lengths[start - 1]
        if opening(start - 1) + earlier + lengths[turn] > limit:
            break
        start, context = start - 1, earlier
    return start


def newest(lengths: Sequence[int], opening: Callable[[int], int], limit: int) -> int:
    """The first of the latest turns that fit into `limit` tokens together; len(lengths) where none does."""
    start, used = len(lengths), 0
    while start > 0 and opening(start - 1) + used + lengths[start - 1] <= limit:
        start -= 1
        used += lengths[start]
    return start

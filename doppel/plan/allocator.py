"""What torch's CUDA allocator takes from the device for a trace: more than is asked for, in segments that it keeps.

Its rules are those of c10's CUDACachingAllocator with default settings, for one stream: sizes in steps of 512 bytes;
two pools, up to 1 MiB and above; the smallest free block that is large enough; what is left of a block goes back to
the pool; neighbours join when they are free; whole segments are given back before memory runs out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass

from doppel.plan.trace import Storage, Trace

MIB = 2**20
STEP = 512
LARGEST_SMALL = MIB
SMALL_SEGMENT = 2 * MIB
MIDDLE_SEGMENT = 20 * MIB  # for blocks below LARGEST_MIDDLE
LARGEST_MIDDLE = 10 * MIB
LARGE_STEP = 2 * MIB  # in which segments above that grow


@dataclass(frozen=True, slots=True)
class Reserved:
    """The outcome of a replay."""

    size: int  # bytes taken from the device, at most
    is_enough: bool  # False: the capacity was passed, and a run would have ended there


class _Block:
    __slots__ = ("after", "before", "is_free", "segment", "size")

    def __init__(self, size: int, segment: int) -> None:
        self.size, self.segment, self.is_free = size, segment, False
        self.before: _Block | None = None
        self.after: _Block | None = None


class _Pool:
    """Free blocks, smallest first."""

    def __init__(self, smallest_rest: int) -> None:
        self.smallest_rest = smallest_rest  # bytes: a block is not split for less
        self._free: list[tuple[int, int, _Block]] = []

    def take(self, size: int) -> _Block | None:
        at = bisect_left(self._free, size, key=lambda entry: entry[0])
        return self._free.pop(at)[2] if at < len(self._free) else None

    def put(self, block: _Block) -> None:
        block.is_free = True
        insort(self._free, (block.size, id(block), block), key=lambda entry: entry[:2])

    def remove(self, block: _Block) -> None:
        at = bisect_left(self._free, (block.size, id(block)), key=lambda entry: entry[:2])
        del self._free[at]

    def whole_segments(self) -> list[_Block]:
        return [block for _, _, block in self._free if block.before is None and block.after is None]


def replay(trace: Trace, capacity: int | None, sized: Callable[[Storage], int]) -> Reserved:
    """What the allocator takes from a device of `capacity` bytes (None: without end) in the course of a trace."""
    device = _Device(capacity)
    places: dict[int, tuple[_Pool, _Block]] = {}
    for sign, storage in trace.events():
        size = -(-sized(storage) // STEP) * STEP
        if not size:
            continue
        if sign > 0:
            places[id(storage)] = device.allocate(size)
        else:
            device.release(*places.pop(id(storage)))
    return Reserved(device.most, capacity is None or device.most <= capacity)


class _Device:
    def __init__(self, capacity: int | None) -> None:
        self._capacity = capacity
        self._small, self._large = _Pool(STEP), _Pool(LARGEST_SMALL + 1)
        self._reserved = self.most = 0

    def allocate(self, size: int) -> tuple[_Pool, _Block]:
        pool = self._small if size <= LARGEST_SMALL else self._large
        block = pool.take(size) or self._segment(size)
        block.is_free = False
        rest = block.size - size
        if rest >= pool.smallest_rest:
            behind = _Block(rest, block.segment)
            behind.before, behind.after = block, block.after
            if block.after is not None:
                block.after.before = behind
            block.after, block.size = behind, size
            pool.put(behind)
        return pool, block

    def _segment(self, size: int) -> _Block:
        wanted = _segment_size(size)
        if self._capacity is not None and self._reserved + wanted > self._capacity:
            for pool in (self._small, self._large):
                for block in pool.whole_segments():
                    pool.remove(block)
                    self._reserved -= block.size
        self._reserved += wanted
        self.most = max(self.most, self._reserved)
        return _Block(wanted, wanted)

    def release(self, pool: _Pool, block: _Block) -> None:
        for neighbour in (block.before, block.after):
            if neighbour is None or not neighbour.is_free:
                continue
            pool.remove(neighbour)
            block.size += neighbour.size
            if neighbour is block.before:
                block.before = neighbour.before
                if block.before is not None:
                    block.before.after = block
            else:
                block.after = neighbour.after
                if block.after is not None:
                    block.after.before = block
        pool.put(block)


def _segment_size(size: int) -> int:
    if size <= LARGEST_SMALL:
        return SMALL_SEGMENT
    if size < LARGEST_MIDDLE:
        return MIDDLE_SEGMENT
    return -(-size // LARGE_STEP) * LARGE_STEP

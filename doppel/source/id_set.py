"""Which messages of a chat were read before: exact, in about eight bytes a message."""

from __future__ import annotations

from array import array
from bisect import bisect_left

MIN_LATE = 4096


class IdSet:
    """Whole numbers of 64 bits that mostly come upwards, as in Telegram's exports: these cost an append each."""

    def __init__(self) -> None:
        self.ordered = array("q")
        self.last = -(1 << 63)  # of `ordered`; below every id
        self.late: set[int] = set()  # what came after a larger one, an eighth of all at most

    def add(self, number: int) -> bool:
        """Whether the number was not there yet."""
        if number > self.last:
            self.ordered.append(number)
            self.last = number
            return True
        if number in self.late:
            return False
        place = bisect_left(self.ordered, number)
        if place < len(self.ordered) and self.ordered[place] == number:
            return False
        self.late.add(number)
        if len(self.late) > max(MIN_LATE, len(self.ordered) >> 3):  # rarely: sorting costs n log n in all
            self.settle()
        return True

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self.ordered, number)
        return (place < len(self.ordered) and self.ordered[place] == number) or number in self.late

    def settle(self) -> None:
        """Takes less memory from now on, until numbers come late again."""
        if self.late:
            self.ordered = array("q", sorted((*self.ordered, *self.late)))
            self.late = set()

"""Which texts came before, in memory that does not grow."""

from __future__ import annotations

from array import array
from hashlib import blake2b

PLACES = 1 << 22  # of 8 bytes: 32 MiB
TRIES = 8  # places looked at for one text


class Seen:
    """A set of 8-byte hashes.

    Exact until about half its places (2 million texts) are taken; then an older one of a crowded spot is forgotten. Two
    different texts are taken for one with a chance of 1 in 10^13 for a million texts.
    """

    def __init__(self) -> None:
        self.table = array("Q", bytes(8)) * (PLACES + TRIES)

    def add(self, text: str) -> bool:
        """Whether the text is new."""
        key = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1
        table, free = self.table, key % PLACES
        for place in range(free, free + TRIES):
            found = table[place]
            if found == key:
                return False
            if not found:
                free = place
                break
        table[free] = key
        return True

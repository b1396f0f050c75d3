"""What lived when: the storages of a training step by birth and death, and what follows from that alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Category = Literal["weights", "quantisation state", "gradients", "optimizer", "activations", "temporaries"]
CATEGORIES: tuple[Category, ...] = (
    "weights",
    "quantisation state",
    "gradients",
    "optimizer",
    "activations",
    "temporaries",
)
Phase = Literal["setup", "forward", "backward", "step"]


@dataclass(slots=True)
class Storage:
    """One piece of memory, from the operation that made it until the last tensor on it is gone."""

    size: int  # bytes
    born: int  # on the trace's clock, which counts births and deaths
    phase: Phase
    module: str  # whose forward made it, or the autograd node that did
    operation: str
    shape: tuple[int, ...]  # of the tensor that came with it
    dtype: str
    category: Category = "temporaries"
    died: int | None = None  # None: it outlives the trace


@dataclass(frozen=True, slots=True)
class Work:
    """What one operation asks of a device."""

    operations: int  # floating-point, of matrix products; 0 for the rest
    traffic: int  # bytes read and written
    bits: int  # of the numbers that are multiplied


@dataclass(slots=True)
class Trace:
    """A training run of some steps, written down while it ran."""

    storages: list[Storage] = field(default_factory=list)
    # (optimizer step, whether weights are updated) -> operation -> how often
    work: dict[tuple[int, bool], Counter[Work]] = field(default_factory=dict)
    clock: int = 0

    def events(self) -> Iterator[tuple[int, Storage]]:
        """Births (+1) and deaths (-1) in order of time."""
        timeline: list[tuple[int, int, Storage]] = []
        for storage in self.storages:
            timeline.append((storage.born, 1, storage))
            if storage.died is not None:
                timeline.append((storage.died, -1, storage))
        timeline.sort(key=lambda event: event[0])
        return ((sign, storage) for _, sign, storage in timeline)

    def peak(self, sized: Callable[[Storage], int] | None = None) -> Peak:
        """The moment at which most is held; `sized` may say how much of a storage a device holds. All, if None."""
        size_of = sized or _whole
        held = most = most_at = 0
        for sign, storage in self.events():
            held += sign * size_of(storage)
            if held > most:
                most, most_at = held, storage.born
        alive = [one for one in self.storages if one.born <= most_at and (one.died is None or one.died > most_at)]
        by_category: dict[Category, int] = dict.fromkeys(CATEGORIES, 0)
        for storage in alive:
            by_category[storage.category] += size_of(storage)
        return Peak(most, by_category, tuple(sorted(alive, key=size_of, reverse=True)))


@dataclass(frozen=True, slots=True)
class Peak:
    """What is held when most is."""

    size: int  # bytes
    by_category: dict[Category, int]  # bytes; together they are the size
    alive: tuple[Storage, ...]  # largest first

    def largest(self, number: int) -> list[tuple[int, int, Storage]]:
        """(bytes together, how many, one of them): those alike, from one operation of one module of each layer."""
        groups: dict[tuple[str, ...], list[Storage]] = {}
        for storage in self.alive:
            place = ".".join("*" if part.isdecimal() else part for part in storage.module.split("."))
            key = (storage.category, place, storage.operation, str(storage.shape), storage.dtype)
            groups.setdefault(key, []).append(storage)
        sums = [(sum(one.size for one in group), len(group), group[0]) for group in groups.values()]
        return sorted(sums, key=lambda group: group[0], reverse=True)[:number]


def _whole(storage: Storage) -> int:
    return storage.size

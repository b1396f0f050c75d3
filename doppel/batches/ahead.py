"""Batches made while the one before is learnt from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

BATCHES_AHEAD = 2


def ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[tuple[Item, Made]]:
    """(item, make(item)) of each, in order, with the next ones made in a thread of its own in the meantime.

    Whoever keeps count counts what came out of here: what was made ahead and never taken has not been given. `make`
    must draw nothing at random. Raises: what `make` raises, where its item's turn comes.
    """
    items = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
        waiting: deque[tuple[Item, Future[Made]]] = deque(
            (item, thread.submit(make, item)) for item in islice(items, BATCHES_AHEAD)
        )
        while waiting:
            item, future = waiting.popleft()
            made = future.result()
            waiting.extend((following, thread.submit(make, following)) for following in islice(items, 1))
            yield item, made

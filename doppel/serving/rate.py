"""How much one address may ask for: a bucket that holds a minute's requests and fills steadily."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import PositiveInt

SECONDS = 60.0
MOST_CLIENTS = 10_000  # remembered; the ones longest silent are forgotten, whose buckets are full again


class Rate:
    """Token buckets (RFC 2697's idea) by client."""

    def __init__(self, requests_per_minute: PositiveInt | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = requests_per_minute
        self.clock = clock
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client -> (requests left, at)

    def wait_seconds(self, client: str) -> float:
        """0 for a request that may go on, else how long until the next one may."""
        if self.limit is None:
            return 0.0
        now = self.clock()
        left, at = self.buckets.pop(client, (float(self.limit), now))
        left = min(float(self.limit), left + (now - at) * self.limit / SECONDS)
        wait = 0.0 if left >= 1 else (1 - left) * SECONDS / self.limit
        self.buckets[client] = (left if wait else left - 1, now)
        if len(self.buckets) > MOST_CLIENTS:
            self.buckets.popitem(last=False)
        return wait

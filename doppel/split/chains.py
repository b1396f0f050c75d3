"""Chains of replies: an answer to what is learnt is no surprise, and neither is an answer to that answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.lookup import Lookup, distinct
from doppel.split.parts import LEFT_OUT, TEST

if TYPE_CHECKING:
    from doppel.split.facts import Facts, Flags, Ints


class Chains:
    """Which sessions answer which, once it is known who holds the answered messages."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        order = np.argsort(facts.answered, kind="stable")
        self._answered, self._answerers = facts.answered[order], facts.answerers[order]
        self._links = [np.empty((0, 2), dtype=np.int64)]  # (answerer, holder)
        self.look_up = Lookup(distinct(facts.answered.copy()), self._link)  # takes all messages of all samples

    def _link(self, keys: Ints, positions: Ints) -> None:
        first = np.searchsorted(self._answered, keys, side="left")
        count = np.searchsorted(self._answered, keys, side="right") - first
        holders = np.repeat(self._facts.sessions[positions], count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        links = np.stack([self._answerers[np.repeat(first, count) + offset], holders], axis=1)
        self._links.append(np.unique(links[links[:, 0] != links[:, 1]], axis=0))

    def cut(self, part: Ints) -> Flags:
        """(N,) whether a session is held out though a chain of replies ties it to an earlier part.

        Links to sessions that are in no part carry the chain on. A chain runs from answer to answered; as ids and
        clocks can be wrong, one in the other direction, from what is learnt to what is held out, counts too.
        """
        answerers, holders = np.unique(np.concatenate(self._links), axis=0).T
        is_cut = np.zeros(len(part), dtype=bool)
        for earlier in range(TEST):
            for heads, tails in ((holders, answerers), (answerers, holders)):
                is_cut |= _reached(part == earlier, heads, tails) & (part > earlier)
        return is_cut & (part != LEFT_OUT)


def _reached(start: Flags, heads: Ints, tails: Ints) -> Flags:
    """(N,) the sessions to which links lead from any of the first ones, those among them."""
    order = np.argsort(heads, kind="stable")
    heads, tails = heads[order], tails[order]
    ends = np.searchsorted(heads, np.arange(len(start) + 1)).tolist()
    is_reached = start.copy()
    waiting = np.unique(heads[start[heads]]).tolist()
    while waiting:
        head = waiting.pop()
        for tail in tails[ends[head] : ends[head + 1]].tolist():
            if not is_reached[tail]:
                is_reached[tail] = True
                waiting.append(tail)
    return is_reached

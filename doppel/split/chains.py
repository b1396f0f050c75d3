"""Chains of replies: an answer to what is learnt is no surprise, and neither is an answer to that answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.lookup import Lookup, distinct, places
from doppel.split.parts import LEFT_OUT, TEST
from doppel.split.replies import led_to

if TYPE_CHECKING:
    from doppel.split.facts import Facts, Flags, Ints


class Chains:
    """Which sessions answer which, once it is known who holds the messages that answer or are answered."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._held = [np.empty((2, 0), dtype=np.int64)]  # keys of messages, and the sessions that hold them
        wanted = distinct(np.concatenate([facts.answered, *facts.replies]))
        self.look_up = Lookup(wanted, self._hold)  # takes all messages of all samples

    def _hold(self, keys: Ints, positions: Ints) -> None:
        self._held.append(_once(np.stack([keys, self._facts.sessions[positions]])))

    def cut(self, part: Ints) -> Flags:
        """(N,) whether a session is held out though a chain of replies ties it to an earlier part.

        Links to sessions that are in no part carry the chain on, and so do messages that are in no sample. A chain runs
        from answer to answered; as ids and clocks can be wrong, one in the other direction, from what is learnt to what
        is held out, counts too.
        """
        answerers, holders = self._links()
        is_cut = np.zeros(len(part), dtype=bool)
        for earlier in range(TEST):
            for heads, tails in ((holders, answerers), (answerers, holders)):
                is_cut |= _reached(part == earlier, heads, tails) & (part > earlier)
        return is_cut & (part != LEFT_OUT)

    def _links(self) -> tuple[Ints, Ints]:
        """(L,) sessions that answer, and (L,) those that hold what they answer."""
        facts = self._facts
        held, holders = _once(np.concatenate(self._held, axis=1))
        is_loose = places(facts.replies[0], held) < 0
        answered = led_to(facts.answered, *(keys[is_loose] for keys in facts.replies))
        first = np.searchsorted(held, answered, side="left")
        count = np.searchsorted(held, answered, side="right") - first
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        links = np.stack([np.repeat(facts.answerers, count), holders[np.repeat(first, count) + offset]])
        answerers, holders = _once(links[:, links[0] != links[1]])
        return answerers, holders


def _once(pairs: Ints) -> Ints:
    """(2, N) pairs in order, each once."""
    pairs = pairs[:, np.lexsort(pairs[::-1])]
    return pairs[:, np.concatenate([np.ones(min(1, pairs.shape[1]), dtype=bool), (np.diff(pairs) != 0).any(axis=0)])]


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
